import type { KnipConfig } from 'knip';

/** Dead code: files that nothing starts or imports, exports that nobody takes, packages that nothing uses. */
const config: KnipConfig = {
  entry: [
    // Programs that package.json or another program starts.
    'build/{build,check,test,start,boringssl,package,make-sounds}.ts',
    'build/installer/{icons.ts,smoke-test.ts,fpm.js}',
    'core/cli/main.ts',
    'core/web/main.ts',
    'electron/{main.ts,preload.cts}',
    // Started as workers and processes of their own.
    'core/io/*-{worker,process}.ts',
    'test/**/*.test.ts',
    'test/bench/*.ts',
    // The measurements behind docs/decisions/0002-processes.md, started by hand.
    'test/interop/audio/path/*.ts',
    'test/support/electron-harness/{register,fake-phone-runtime}.ts',
  ],
  project: ['{core,electron,build,test}/**/*.{ts,cts,js}', '!build/stubs/**', 'renderer/**/*.{ts,tsx}'],
  // A type that only its own file uses is still part of what the file says.
  ignoreExportsUsedInFile: true,
  vite: { config: 'build/vite.renderer.config.ts' },
  // Started, or read, by their paths: BoringSSL's run-time, and the WebAssembly of Opus.
  ignoreDependencies: ['bun', '@evan/opus'],
  // Programs of the system; build/setup-test-host.sh knows them.
  exclude: ['binaries'],
};
export default config;
