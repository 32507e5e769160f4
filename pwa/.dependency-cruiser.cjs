/** Direction of imports on this side of the wire: app > features > ui | api > core. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'foundation-knows-no-feature',
      severity: 'error',
      from: { path: '^src/(core|ui|api)/' },
      to: { path: '^src/(features|app)/' },
    },
    { name: 'core-knows-no-ui', severity: 'error', from: { path: '^src/core/' }, to: { path: '^src/ui/' } },
    { name: 'features-know-no-app', severity: 'error', from: { path: '^src/features/' }, to: { path: '^src/app/' } },
    {
      name: 'features-meet-at-the-door',
      comment: 'Another feature is reached through its index.ts only.',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/([^/]+)/', pathNot: ['^src/features/$1/', '^src/features/[^/]+/index\\.ts$'] },
    },
    {
      name: 'app-uses-doors-and-routes',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^src/features/', pathNot: '^src/features/[^/]+/(index|routes)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.vue', '.js'] },
  },
}
