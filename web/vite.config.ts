import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { VantResolver } from '@vant/auto-import-resolver'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'
import { compressed } from './plugins/compressed.ts'
import { firstFiles } from './plugins/first-files.ts'
import { fontAsFile } from './plugins/font-as-file.ts'
import { nothingCompiled } from './plugins/nothing-compiled.ts'
import { workerFiles } from './plugins/worker-files.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  plugins: [
    vue(),
    Components({
      dirs: [],
      dts: 'src/components.d.ts',
      resolvers: [ElementPlusResolver({ importStyle: 'css' }), VantResolver()],
    }),
    nothingCompiled(),
    fontAsFile(),
    workerFiles(),
    firstFiles({
      '/': ['resident/Frame.vue', 'resident/Home.vue'],
      '/resident': ['resident/Frame.vue', 'resident/Home.vue'],
      '/resident/say': ['resident/Frame.vue', 'resident/Say.vue'],
      '/resident/my': ['resident/Frame.vue', 'resident/My.vue'],
      '/resident/answers': ['resident/Frame.vue', 'resident/Answers.vue'],
      '/resident/public': ['resident/Frame.vue', 'resident/PublicList.vue'],
      '/worker': ['worker/Frame.vue', 'worker/Today.vue'],
    }),
    compressed(),
  ],
  resolve: {
    alias: {
      '@': at('./src'),
      // JSON Forms' core would make a validator that compiles; it is always given one that interprets.
      ajv: at('./src/shared/jsonforms/no-ajv.ts'),
      'ajv-formats': at('./src/shared/jsonforms/no-ajv.ts'),
    },
  },
  build: {
    target: 'es2022',
    // The content policy allows no data: in fonts and no script in a page: everything is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { index: at('./index.html'), 'worker-sw': at('./src/worker/sw.ts') },
      output: {
        // What every form and list is made of, as one file: on a slow line each file costs a way there and back.
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /\/src\/shared\/(forms\/|view\/(?!StaffFrame|NotFound)|[a-z]+\.ts)/,
              includeDependenciesRecursively: false,
            },
          ],
        },
        entryFileNames: (chunk) =>
          chunk.name === 'worker-sw' ? 'worker-sw.js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8311', '/verify': 'http://127.0.0.1:8311' } },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    css: false,
    // So that the aliases above hold within them, and that their styles are read as styles.
    server: { deps: { inline: [/@jsonforms/, /element-plus/, /vant/] } },
  },
})
