import Vectors

/// Vectors that wait to be inserted into a graph one after the other, those near each other
/// together.
///
/// The search for a vector's neighbours measures a few thousand nodes, and most of its time waits
/// for them to come from memory. The search for the next vector, if that is near, finds them in the
/// processor's cache.
@safe struct InsertionBatch: ~Copyable {
  struct Row: BitwiseCopyable {
    let payload: UInt64
    let level: Int
    /// Where its vector is.
    fileprivate let slot: Int
    /// Where it lies between two others: see `arrange`.
    fileprivate var position: Float = 0
  }

  let capacity: Int
  private let format: VectorFormat
  private var components: GrowableBuffer<Component>
  private var rows: GrowableBuffer<Row>
  private var half: GrowableBuffer<Row>

  init(_ allocator: Allocator, _ format: VectorFormat, capacity: Int) {
    self.capacity = capacity
    self.format = format
    components = GrowableBuffer(allocator, capacity: capacity &* format.dimensions)
    rows = GrowableBuffer(allocator, capacity: capacity)
    half = GrowableBuffer(allocator, capacity: capacity)
  }

  /// The most rows of which a batch takes no more than so many bytes, but at least one.
  ///
  /// Beyond a thousand there is little to gain, and the order of insertion would be less and less
  /// the random one that the paper presumes.
  static func capacity(of format: VectorFormat, bytes: Int) -> Int {
    let perRow =
      format.dimensions &* MemoryLayout<Component>.stride &+ 2 &* MemoryLayout<Row>.stride
    return max(min(bytes / perRow, 1024), 1)
  }

  var count: Int { rows.count }

  /// Adds a vector, `dimensions` components as SQL has them; there is room for it.
  mutating func append(_ vector: UnsafeRawPointer, payload: UInt64, level: Int) {
    let row = Row(payload: payload, level: level, slot: rows.count)
    let room = unsafe UnsafeMutableRawPointer(mutating: self.vector(of: row))
    let prepared = unsafe format.metric.prepare(vector, format.dimensions, into: room)
    if unsafe prepared != UnsafeRawPointer(room) {
      // SAFETY: both hold a vector's components.
      unsafe room.copyMemory(
        from: prepared, byteCount: format.dimensions &* MemoryLayout<Component>.stride)
    }
    rows.append(row)
  }

  mutating func removeAll() { rows.removeAll() }

  func row(_ index: Int) -> Row { rows[index] }

  /// A row's vector, as distances are measured from it.
  func vector(of row: Row) -> UnsafeRawPointer {
    // SAFETY: there is room for `capacity` vectors, and as many slots.
    unsafe UnsafeRawPointer(components.memory + row.slot &* format.dimensions)
  }

  /// Puts rows near each other together: halves the batch by which of two of its vectors is the
  /// nearer, then each half. Cost: three distance evaluations for each row and halving.
  mutating func arrange() { arrange(from: 0, to: rows.count) }

  private static var smallestHalf: Int { 4 }

  private mutating func arrange(from start: Int, to end: Int) {
    if end &- start < 2 &* Self.smallestHalf { return }
    let one = unsafe vector(of: rows[start])
    let other = unsafe farthest(from: one, from: start, to: end)
    half.removeAll()
    for index in start..<end {
      var row = rows[index]
      let vector = unsafe vector(of: row)
      row.position = unsafe format.distance(vector, one) - format.distance(vector, other)
      half.append(row)
    }
    half.sort { $0.position < $1.position }
    for index in start..<end { rows[index] = half[index &- start] }
    let middle = (start &+ end) / 2
    arrange(from: start, to: middle)
    arrange(from: middle, to: end)
  }

  private func farthest(
    from vector: UnsafeRawPointer, from start: Int, to end: Int
  ) -> UnsafeRawPointer {
    var farthest = unsafe vector
    var greatest: Float = 0
    for index in start..<end {
      let other = unsafe self.vector(of: rows[index])
      let distance = unsafe format.distance(vector, other)
      if distance > greatest {
        greatest = distance
        unsafe farthest = unsafe other
      }
    }
    return unsafe farthest
  }
}
