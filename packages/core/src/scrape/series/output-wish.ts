/** Whether an output of the thread wants something of the bodies; without one it is not looked at. */
export interface OutputWish {
  isWanted: boolean;
}
