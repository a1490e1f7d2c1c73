/** What the log says about the events of a type. */
export interface EventType {
  displayMessage: string;
  legacyEventType: string | null;
  /** Whether an event hook may subscribe to it (Okta's catalog, data/event-types.json). */
  hook: boolean;
}
