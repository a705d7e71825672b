/** Metadata for inspection: wants every attachment, and has room for whatever a frame holds. */
import { Metadata } from "./metadata";

export class RoomyMetadata extends Metadata {
  private rooms: Array<StaticArray<u8>> = [];

  wants(name: usize, nameLength: u32): bool {
    return true;
  }

  clear(): void {
    super.clear();
    this.rooms = [];
  }

  scratchBytes(n: u32): usize {
    const room = new StaticArray<u8>(<i32>max<u32>(n, 1));
    this.rooms.push(room);
    return changetype<usize>(room);
  }
}
