#!/usr/bin/env node
// A gateway has little memory, and the agent's heap is small and steady: once it runs, collect early instead of growing. Not
// before: reading a long configuration makes much that lives for a moment, and collecting it all the time took half of the start.
import { setFlagsFromString } from 'node:v8';

await import('../dist/main.js');
setFlagsFromString('--optimize-for-size');
