// Draws the forms of packs at a desk, with Element Plus.
import ListField from './desk/ListField.vue'
import TextField from './desk/TextField.vue'
import { kitOf } from './kit'

export default kitOf({ text: TextField, list: ListField })
