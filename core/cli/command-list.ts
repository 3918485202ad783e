import type { Command } from './command.ts';
import { answerCommand } from './commands/answer.ts';
import { callCommand } from './commands/call.ts';
import { certCheckCommand } from './commands/cert-check.ts';
import { certCreateClientCommand, certCreateCommand, certCreateServerCommand } from './commands/cert-create.ts';
import { certExportCommand } from './commands/cert-export.ts';
import { certListCommand } from './commands/cert-list.ts';
import { certRemoveCommand } from './commands/cert-remove.ts';
import { certRenewCommand } from './commands/cert-renew.ts';
import { certRevokeCommand } from './commands/cert-revoke.ts';
import { certSetupCommand } from './commands/cert-setup.ts';
import { certShowCommand } from './commands/cert-show.ts';
import { consoleCommand } from './commands/console.ts';
import { demoCommand } from './commands/demo.ts';
import { dnsRecordsCommand } from './commands/dns-records.ts';
import { dnsResolveCommand } from './commands/dns-resolve.ts';
import { doctorCommand } from './commands/doctor.ts';
import { pbxCheckCommand } from './commands/pbx-check.ts';
import { pbxCommand } from './commands/pbx.ts';
import { pbxInitCommand } from './commands/pbx-init.ts';
import { pbxSchemaCommand } from './commands/pbx-schema.ts';
import { exportFreeswitchCommand, exportKamailioCommand } from './commands/export.ts';
import { faultCheckCommand } from './commands/fault-check.ts';
import { faultListCommand } from './commands/fault-list.ts';
import { faultServeCommand } from './commands/fault-serve.ts';
import { traceLadderCommand } from './commands/trace-ladder.ts';
import { tracePcapngCommand } from './commands/trace-pcapng.ts';
import { traceShowCommand } from './commands/trace-show.ts';
import { messageCommand } from './commands/message.ts';
import { optionsCommand } from './commands/options.ts';
import { provisionCommand } from './commands/provision.ts';
import { probeCommand } from './commands/probe.ts';
import { registerCommand } from './commands/register.ts';
import { completionCommand } from './commands/completion.ts';
import { manCommand } from './commands/man.ts';

/** Every command, in the order in which help shows them. */
export const COMMANDS: readonly Command[] = [
  demoCommand,
  pbxCommand,
  pbxInitCommand,
  pbxCheckCommand,
  pbxSchemaCommand,
  provisionCommand,
  exportFreeswitchCommand,
  exportKamailioCommand,
  probeCommand,
  consoleCommand,
  registerCommand,
  callCommand,
  answerCommand,
  messageCommand,
  optionsCommand,
  dnsResolveCommand,
  dnsRecordsCommand,
  doctorCommand,
  certSetupCommand,
  certCreateServerCommand,
  certCreateClientCommand,
  certCreateCommand,
  certRemoveCommand,
  certShowCommand,
  certCheckCommand,
  certListCommand,
  certRenewCommand,
  certRevokeCommand,
  certExportCommand,
  traceShowCommand,
  traceLadderCommand,
  tracePcapngCommand,
  faultListCommand,
  faultServeCommand,
  faultCheckCommand,
  completionCommand(() => COMMANDS),
  manCommand(() => COMMANDS),
];
