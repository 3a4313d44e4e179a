import type { MetadataType } from '../metadata/types.js';
import { approvalLedger, hookLedger, workflowRuleLedger } from './automation.js';
import { seedLedger, translationLedger } from './content.js';
import type { LedgerEntry } from './entries.js';
import { objectLedger } from './object.js';
import { actionLedger, appLedger, dashboardLedger, viewLedger } from './pages.js';
import { permissionSetLedger, roleLedger, sharingRuleLedger } from './security.js';
import { validationLedger } from './validation.js';
import { flowLedger, workflowLedger } from './workflow.js';

/**
 * Which module consumes each key of each metadata format. A test holds it against the schemas in
 * both directions, so no key is accepted without an entry here.
 */
export const ledger: Readonly<Record<MetadataType, readonly LedgerEntry[]>> = {
  object: objectLedger,
  validation: validationLedger,
  permission_set: permissionSetLedger,
  role: roleLedger,
  sharing_rule: sharingRuleLedger,
  hook: hookLedger,
  view: viewLedger,
  app: appLedger,
  dashboard: dashboardLedger,
  action: actionLedger,
  workflow: workflowLedger,
  flow: flowLedger,
  approval: approvalLedger,
  workflow_rule: workflowRuleLedger,
  translation: translationLedger,
  seed: seedLedger,
};
