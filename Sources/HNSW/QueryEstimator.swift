import Vectors

/// What a store keeps to estimate the distances of neighbours, from one query after another.
@safe public struct QueryEstimator: ~Copyable {
  /// What is looked up for the present query; nil before the first.
  public private(set) var tables: QueryTables?
  /// The present query's components.
  public private(set) var query: UnsafeRawPointer
  private let format: CodeFormat
  private var rotated: GrowableBuffer<Float>
  private var summands: GrowableBuffer<Float>
  private var room: GrowableBuffer<UInt8>

  public init(_ allocator: Allocator, _ format: CodeFormat) {
    tables = nil
    self.format = format
    rotated = GrowableBuffer(allocator, capacity: format.rotated)
    summands = GrowableBuffer(allocator, capacity: 4 &* format.groups)
    room = GrowableBuffer(allocator, capacity: format.tableBytes)
    unsafe query = UnsafeRawPointer(rotated.memory)
  }

  /// Begins with a query, `dimensions` floats that must outlive its searches; the rotation is that
  /// of the neighbours' codes. Cost: a rotation, and 16 sums for each four bits of a code.
  public mutating func begin(_ query: UnsafeRawPointer, _ rotation: inout CentredRotation) {
    unsafe self.query = query
    // SAFETY: there is room for a rotated vector, its summands and its tables.
    unsafe rotation.rotate(query, into: rotated.memory)
    tables = unsafe QueryTables(
      format, rotated: rotated.memory, summands: summands.memory, room: room.memory)
  }
}
