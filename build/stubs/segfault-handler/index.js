// naudiodon asks for segfault-handler, whose binary is bound to one V8 ABI (docs/decisions/0004-libraries.md).
// We do not want a crash handler that writes files, so this stands in for it.
module.exports = { registerHandler() {} };
