#!/usr/bin/env node
// A gateway has little memory, and the agent's heap is small and steady: collect early instead of growing first.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--optimize-for-size');
await import('../dist/main.js');
