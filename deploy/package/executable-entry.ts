import { setFlagsFromString } from 'node:v8';

/** What the single executable runs: as `edge/bin/gongfu-edge.js`, from one file. */
setFlagsFromString('--optimize-for-size');
void import('#edge/main');
