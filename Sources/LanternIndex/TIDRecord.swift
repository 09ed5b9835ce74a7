import CPostgres

/// A record of further heap TIDs of a node: the only code that knows its bytes.
@safe struct TIDRecord {
  private let base: UnsafeMutablePointer<LanternTIDRecord>

  static var capacity: Int { Int(LANTERN_TIDS_PER_RECORD) }
  /// After the owner, the next record and the count.
  private static var tidsOffset: Int { 10 }

  init(_ page: borrowing LockedPage, _ place: Int) { unsafe self.init(page.bytes, place) }
  init(_ image: PageImage, _ place: Int) { unsafe self.init(image.bytes, place) }

  private init(_ bytes: UnsafeMutablePointer<CChar>, _ place: Int) {
    // SAFETY: a place is below the number of records that fit between the page's header and special
    // space.
    let start = unsafe UnsafeMutableRawPointer(bytes) + Int(LANTERN_PAGE_START)
    unsafe base = unsafe start.assumingMemoryBound(to: LanternTIDRecord.self) + place
  }

  var owner: UInt32 {
    get { unsafe base.pointee.owner }
    nonmutating set { unsafe base.pointee.owner = newValue }
  }
  var next: UInt32 {
    get { unsafe base.pointee.next }
    nonmutating set { unsafe base.pointee.next = newValue }
  }
  /// The number of TIDs, never more than fit, whatever the page says.
  var count: Int { min(Int(unsafe base.pointee.count), Self.capacity) }
  var isFree: Bool { owner == UInt32(LANTERN_NONE) }
  var isFull: Bool { count >= Self.capacity }

  subscript(index: Int) -> ItemPointerData {
    // SAFETY: `index` is below `count`, and a tuple's elements lie one after the other.
    unsafe UnsafeRawPointer(base).load(
      fromByteOffset: Self.tidsOffset &+ 6 &* index,
      as: ItemPointerData.self)
  }

  func initialize(owner: UInt32, next: UInt32) {
    unsafe base.pointee.owner = owner
    unsafe base.pointee.next = next
    unsafe base.pointee.count = 0
  }

  /// Appends a TID; the record must not be full.
  func append(_ tid: ItemPointerData) {
    let index = count
    store(tid, at: index)
    unsafe base.pointee.count = UInt16(truncatingIfNeeded: index &+ 1)
  }

  private func store(_ tid: ItemPointerData, at index: Int) {
    // SAFETY: `index` is below the capacity.
    unsafe UnsafeMutableRawPointer(base).storeBytes(
      of: tid, toByteOffset: Self.tidsOffset &+ 6 &* index, as: ItemPointerData.self)
  }

  /// Drops the TIDs that are not to be kept.
  func keep(_ isKept: (ItemPointerData) -> Bool) {
    let before = count
    var kept = 0
    for index in 0..<before where isKept(self[index]) {
      store(self[index], at: kept)
      kept &+= 1
    }
    unsafe base.pointee.count = UInt16(truncatingIfNeeded: kept)
  }

  func free() { initialize(owner: UInt32(LANTERN_NONE), next: UInt32(LANTERN_NONE)) }
}
