import CPostgres
import HNSW
import Vectors

/// What a scan keeps between calls: a memory context, and in it the state of the present (re)scan.
@safe struct ScanOpaque {
  let context: MemoryContext
  var state: UnsafeMutablePointer<ScanState>?

  mutating func endState() {
    unsafe state?.pointee.end()
    unsafe state = nil
  }
}

/// `ambeginscan`.
@c(lantern_begin_scan)
public func beginScan(_ index: Relation, _ keyCount: Int32, _ orderByCount: Int32) -> IndexScanDesc
{
  let scan = unsafe RelationGetIndexScan(index, keyCount, orderByCount)!
  unsafe lantern_prepare_order_values(scan)
  let opaque = unsafe lantern_allocate(MemoryLayout<ScanOpaque>.stride)!
    .bindMemory(to: ScanOpaque.self, capacity: 1)
  unsafe opaque.initialize(
    to: ScanOpaque(context: lantern_new_context(cString("lantern scan")), state: nil))
  unsafe scan.pointee.opaque = UnsafeMutableRawPointer(opaque)
  return unsafe scan
}

/// `amrescan`: takes the query; the search starts with the first row asked for.
@c(lantern_rescan)
public func rescan(
  _ scan: IndexScanDesc, _ keys: ScanKey?, _ keyCount: Int32, _ orderBys: ScanKey?,
  _ orderByCount: Int32
) {
  let opaque = unsafe scan.pointee.opaque.assumingMemoryBound(to: ScanOpaque.self)
  unsafe lantern_take_order_keys(scan, orderBys)
  unsafe opaque.pointee.endState()
  unsafe lantern_reset_context(opaque.pointee.context)
}

/// `amgettuple`.
@c(lantern_get_tuple)
public func getTuple(_ scan: IndexScanDesc, _ direction: ScanDirection) -> Bool {
  let opaque = unsafe scan.pointee.opaque.assumingMemoryBound(to: ScanOpaque.self)
  let outer = unsafe lantern_switch_to(opaque.pointee.context)
  defer { unsafe _ = lantern_switch_to(outer) }
  if unsafe opaque.pointee.state == nil {
    guard let state = unsafe start(scan) else { return false }
    unsafe opaque.pointee.state = state
  }
  guard let result = unsafe opaque.pointee.state!.pointee.next() else { return false }
  unsafe scan.pointee.xs_heaptid = lantern_payload_tid(result.tid)
  unsafe scan.pointee.xs_recheck = false
  unsafe scan.pointee.xs_recheckorderby = false
  unsafe lantern_set_order_value(
    scan, lantern_index_type(scan.pointee.indexRelation), result.distance ?? 0,
    result.distance == nil)
  return true
}

/// `amendscan`.
@c(lantern_end_scan)
public func endScan(_ scan: IndexScanDesc) {
  let opaque = unsafe scan.pointee.opaque.assumingMemoryBound(to: ScanOpaque.self)
  unsafe opaque.pointee.endState()
  unsafe MemoryContextDelete(opaque.pointee.context)
  unsafe pfree(opaque)
}

/// Makes the state of a scan in the current memory context, which frees it as a whole; nil when the
/// index has had no row yet and does not know its dimensions.
private func start(_ scan: IndexScanDesc) -> UnsafeMutablePointer<ScanState>? {
  let index = unsafe scan.pointee.indexRelation!
  unsafe lantern_count_scan(scan)
  if unsafe scan.pointee.numberOfOrderBys != 1 { unsafe lantern_error_no_order(index) }
  let file = unsafe IndexFile(relation: index)
  let meta = file.readMeta()
  if !meta.hasDimensions { return nil }
  let shape = file.shape(meta)
  let setting = Int(lantern_ef_setting())
  let ef = setting > 0 ? setting : Int(unsafe lantern_index_options(index).ef)
  let state = unsafe lantern_allocate(MemoryLayout<ScanState>.stride)!
    .bindMemory(to: ScanState.self, capacity: 1)
  unsafe state.initialize(
    to: ScanState(
      scan, file: file, meta: meta, shape: shape,
      query: ScanQuery(scan, IndexedColumn(index), shape.format), ef: max(ef, 1),
      memory: lantern_work_memory()))
  return unsafe state
}
