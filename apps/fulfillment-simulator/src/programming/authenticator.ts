/** The model of all simulated keys. No real product has this AAGUID, so no metadata service lists it. */
export const aaguid = Buffer.from('5a1b0f7e5eed4c0db1750057f1d02574', 'hex');

export const firmwareVersion = '5.7.4';
