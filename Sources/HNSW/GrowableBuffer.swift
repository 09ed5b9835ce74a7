/// A growable array of plain values in the host's memory.
///
/// Its deinitializer frees the memory when a function returns normally; when an error leaves the
/// server's code by a jump, the memory context frees it instead.
@safe public struct GrowableBuffer<Element: BitwiseCopyable>: ~Copyable {
  let allocator: Allocator
  /// The elements; moves when the buffer grows.
  public private(set) var memory: UnsafeMutablePointer<Element>
  public private(set) var capacity: Int
  public private(set) var count = 0

  public init(_ allocator: Allocator, capacity: Int = 64) {
    self.allocator = allocator
    self.capacity = max(capacity, 1)
    unsafe memory = unsafe allocator.allocate(Element.self, count: self.capacity)
  }

  deinit { unsafe allocator.free(memory) }

  public var isEmpty: Bool { count == 0 }

  @inline(__always)
  public subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      // SAFETY: callers index below `count`, which never exceeds the allocated capacity.
      return unsafe memory[index]
    }
    set {
      assert(index >= 0 && index < count)
      unsafe memory[index] = newValue
    }
  }

  /// Appends an element; amortised constant time.
  @inline(__always)
  public mutating func append(_ element: Element) {
    if count == capacity { reserve(capacity &* 2) }
    // SAFETY: there is room for one more.
    unsafe (memory + count).initialize(to: element)
    count &+= 1
  }

  /// Makes room for `capacity` elements in all.
  public mutating func reserve(_ capacity: Int) {
    guard capacity > self.capacity else { return }
    unsafe memory = unsafe allocator.reallocate(memory, count: capacity)
    self.capacity = capacity
  }

  /// Makes room for `capacity` elements in all, and for as many again where memory must be moved.
  public mutating func reserve(doublingTo capacity: Int) {
    if capacity > self.capacity { reserve(2 &* capacity) }
  }

  public mutating func removeAll() { count = 0 }

  /// Drops the elements from `count` on.
  public mutating func truncate(to count: Int) { self.count = min(self.count, max(count, 0)) }

  /// Drops the first `dropped` elements.
  public mutating func removeFirst(_ dropped: Int) {
    let kept = max(count &- dropped, 0)
    // SAFETY: source and target lie within the elements. As bytes: an update of the elements is
    // compiled to a loop over them.
    unsafe UnsafeMutableRawPointer(memory).copyMemory(
      from: memory + (count &- kept), byteCount: kept &* MemoryLayout<Element>.stride)
    count = kept
  }
}

extension GrowableBuffer where Element: Comparable {
  /// Sorts in ascending order, in place (heapsort: no memory, no worst case).
  public mutating func sort() { sort { $0 < $1 } }

  /// Sorts and drops repetitions.
  public mutating func sortUnique() {
    sort()
    var kept = 0
    for index in 0..<count where kept == 0 || self[kept &- 1] < self[index] {
      self[kept] = self[index]
      kept &+= 1
    }
    truncate(to: kept)
  }
}

extension GrowableBuffer {
  /// Sorts in place by a strict weak order (heapsort: no memory, no worst case).
  public mutating func sort(by precedes: (Element, Element) -> Bool) {
    for start in stride(from: count / 2 - 1, through: 0, by: -1) {
      siftDown(start, count, precedes)
    }
    for end in stride(from: count - 1, to: 0, by: -1) {
      (self[0], self[end]) = (self[end], self[0])
      siftDown(0, end, precedes)
    }
  }

  private mutating func siftDown(_ start: Int, _ end: Int, _ precedes: (Element, Element) -> Bool) {
    var root = start
    let element = self[start]
    while true {
      var child = 2 &* root &+ 1
      if child >= end { break }
      if child &+ 1 < end && precedes(self[child], self[child &+ 1]) { child &+= 1 }
      if !precedes(element, self[child]) { break }
      self[root] = self[child]
      root = child
    }
    self[root] = element
  }
}
