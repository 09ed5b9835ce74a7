import CPostgres
import HNSW
import Vectors

/// The vector that a scan looks for, and how the order of rows follows from the stored vectors.
@safe struct ScanQuery {
  /// The prepared vector, which must outlive the scan.
  let components: UnsafeRawPointer
  let bounds: QueryBounds

  /// Nil when no order can be told: the query is null or not finite, or has no distance from
  /// anything. Raises an error when it has other dimensions than the index.
  init?(_ scan: IndexScanDesc, _ column: IndexedColumn, _ format: VectorFormat) {
    let key = unsafe scan.pointee.orderByData!.pointee
    if unsafe key.sk_flags & SK_ISNULL != 0 { return nil }
    let vector = IndexedVector(unsafe key.sk_argument, column)
    if vector.count != format.dimensions {
      lantern_error_wrong_query_dimensions(
        column.type, Int32(truncatingIfNeeded: vector.count),
        Int32(truncatingIfNeeded: format.dimensions))
    }
    if vector.firstNonFinite != nil || vector.isWithoutDistance { return nil }
    // SAFETY: room for one vector's components; the scan's memory context frees it.
    let room = unsafe lantern_allocate(format.dimensions &* MemoryLayout<Component>.size)!
    unsafe components = format.metric.prepare(vector.elements, format.dimensions, into: room)
    bounds = unsafe QueryBounds(format, query: components, function: column.distanceFunction)
  }
}
