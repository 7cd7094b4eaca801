/** Bytes of a share that one payload takes: rows cost more than what they hold, and many small ones would cost nothing. */
export const looseCharge = (size: number): number => Math.max(size, chargeMin);

const chargeMin = 1_024;
