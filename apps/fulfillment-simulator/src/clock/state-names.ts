export interface StateName {
  code: string;
  message: string;
}

/** The messages of 1, 6–9, 99 and 103–106 and the code of 103 are Yubico's; the rest is invented: its table is not public. */
const names: Readonly<Record<number, StateName>> = {
  1: { code: 'ShipmentStateIncomplete', message: 'Incomplete Shipping Request' },
  2: { code: 'ShipmentStateOnHold', message: 'On hold.' },
  3: { code: 'ShipmentStateReceived', message: 'Received: address is being validated.' },
  4: { code: 'ShipmentStateValidated', message: 'Received: address validated.' },
  5: { code: 'ShipmentStateAccepted', message: 'Received: address accepted.' },
  6: {
    code: 'ShipmentStateAddressSuggestion',
    message: 'Incomplete: address suggestion must be accepted or rejected.',
  },
  7: { code: 'ShipmentStateUndeliverable', message: 'Address is undeliverable or could not be understood.' },
  8: { code: 'ShipmentStateProcessingError', message: 'Error: Processing Error, contact Support' },
  9: { code: 'ShipmentStateDplMatch', message: 'Error: DPL Match' },
  12: { code: 'ShipmentStateQueued', message: "Locked: in today's batch." },
  99: { code: 'ShipmentStateShippingError', message: 'Error: Shipping error, contact Support' },
  100: { code: 'ShipmentStateLocked', message: 'Locked for processing.' },
  101: { code: 'ShipmentStateSentToFulfillment', message: 'Sent to fulfillment.' },
  102: { code: 'ShipmentStateProgramming', message: 'Programming.' },
  103: { code: 'ShipmentStateShipped', message: 'Shipped: In transit.' },
  104: { code: 'ShipmentStateDelivered', message: 'Delivered.' },
  105: { code: 'ShipmentStateLost', message: 'Shipment Lost/Missing' },
  106: { code: 'ShipmentStateDeliveryException', message: 'Delivery Exception' },
  107: { code: 'ShipmentStateDelayed', message: 'Delivery delayed.' },
  108: { code: 'ShipmentStateCustoms', message: 'Held by customs.' },
  110: { code: 'ShipmentStateReturned', message: 'Returned to sender.' },
  1025: { code: 'ShipmentStateReprogramming', message: 'Programming again.' },
  2000: { code: 'ShipmentStateImported', message: 'Imported.' },
};

export const nameOfState = (stateId: number): StateName =>
  names[stateId] ?? { code: 'ShipmentStateUnknown', message: `State ${stateId}` };
