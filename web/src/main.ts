import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './shared/i18n'
import { applyReading } from './shared/reading'
import { router } from './router'
import './shared/view/theme.css'

applyReading()
createApp(App).use(i18n).use(router).mount('#app')
