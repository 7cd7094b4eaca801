/** Quorum arithmetic for n validators of one epoch, f of them possibly liars (protocol.md, head). */

/** f = ⌊(n−1)/3⌋ */
export const faultsTolerated = (n: number): number => Math.floor((n - 1) / 3);
/** Q = ⌈(n+f+1)/2⌉: any two quorums share at least f+1 validators. */
export const quorum = (n: number): number => Math.ceil((n + faultsTolerated(n) + 1) / 2);
/** f+1: at least one of them is honest. */
export const weakQuorum = (n: number): number => faultsTolerated(n) + 1;
