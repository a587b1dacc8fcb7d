// Draws the forms of packs on a phone, with Vant.
import ListField from './phone/ListField.vue'
import TextField from './phone/TextField.vue'
import { kitOf } from './kit'

export default kitOf({ text: TextField, list: ListField })
