import { describeRecordedDiscovery } from '../recorded-discovery.contract.js';

describeRecordedDiscovery('sd_http', false);
