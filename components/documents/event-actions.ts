/**
 * Values of `event.action` that the stack's own alerts look for, whatever the tool.
 */

/** A sensor lost events: what happened meanwhile is not in the store. */
export const EVENTS_LOST = "events-lost";
