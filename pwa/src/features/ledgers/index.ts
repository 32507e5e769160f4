/** 台账: key tasks, information asked of units, requests to departments, petitions. */
export { DOCUMENT_READERS as LEDGER_READERS } from '@/features/documents'
