// Prism, which ends when whoever started it ends: its standard input closes then, however that came about.
process.stdin.on('end', () => process.exit()).resume();
await import('@stoplight/prism-cli/dist/index.js');
