import type { KnipConfig } from 'knip';

/** Dead code: files that nothing starts or imports, exports that nobody takes, packages that nothing uses. */
const config: KnipConfig = {
  entry: [
    // Programs that package.json or another program starts.
    'build/{build,check,test,start,boringssl}.ts',
    'build/sotto.js',
    'core/cli/main.ts',
    'core/web/main.ts',
    'electron/{main.ts,preload.cts}',
    // Started as workers and processes of their own.
    'core/io/*-{worker,process}.ts',
    'test/**/*.test.ts',
    'test/bench/*.ts',
  ],
  project: ['{core,electron,build,test}/**/*.{ts,cts,js}', 'renderer/**/*.{ts,tsx}'],
  // A type that only its own file uses is still part of what the file says.
  ignoreExportsUsedInFile: true,
};
export default config;
