import { describeRecordedDiscovery } from '../recorded-discovery.contract.js';

describeRecordedDiscovery('sd_consul', true);
