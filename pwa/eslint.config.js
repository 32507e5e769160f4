import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const noHtml = [
  { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML)$/]", message: 'Trusted Types: build nodes, or use textContent.' },
  { selector: "CallExpression[callee.property.name=/^(insertAdjacentHTML|createContextualFragment)$/]", message: 'Trusted Types: build nodes.' },
  { selector: "Property[key.name='innerHTML']", message: 'Trusted Types: build nodes.' },
]

export default ts.config(
  { ignores: ['dist/', 'coverage/', 'public/', 'src/api/schema.gen.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] } },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    rules: {
      'no-restricted-syntax': ['error', ...noHtml],
      'no-console': ['error', { allow: ['error'] }],
      'no-eval': 'error',
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.vue'],
    rules: {
      'max-lines': ['error', { max: 250 }],
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      // A static style attribute may be written as HTML text, which style-src 'self' refuses.
      'vue/no-static-inline-styles': ['error', { allowBinding: true }],
      'vue/html-button-has-type': 'error',
      'vue/no-restricted-html-elements': ['error', { element: 'iframe', message: 'CSP frame-src is none.' }],
    },
  },
  {
    files: ['**/*.test.ts', 'scripts/**', '*.config.*'],
    rules: { 'no-console': 'off', 'no-restricted-syntax': 'off' },
  },
  { files: ['**/*.cjs', '**/*.mjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
)
