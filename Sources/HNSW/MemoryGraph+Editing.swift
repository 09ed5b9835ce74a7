import Vectors

extension MemoryGraph: EditableGraphStore {
  public func capacity(level: Int) -> Int { level == 0 ? 2 &* m : m }

  public mutating func loadVector(
    of vertex: VertexID, level: Int, into vector: UnsafeMutableRawPointer
  ) -> Bool {
    unsafe format.decode(codes(of: vertex), code(of: vertex), into: vector)
    return true
  }

  public func distance(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer) -> Float {
    unsafe format.distance(a, b)
  }

  public mutating func edgeLength(
    of vertex: VertexID, _ vector: UnsafeRawPointer, to position: Int,
    in list: borrowing NeighbourList, level: Int
  ) -> Float {
    unsafe distance(from: vector, to: list.id(position))
  }

  public mutating func replaceNeighbours(
    _ edits: inout GrowableBuffer<ListEdit>, added: VertexID, vector: UnsafeRawPointer, level: Int
  ) {
    unsafe edits.keep { edit in
      unsafe !replaceNeighbours(
        of: edit.pointee.vertex, level: level, edit.pointee.old, with: edit.pointee.new,
        added: added, addedLength: edit.pointee.addedLength)
    }
  }

  /// Puts a list in the place of the one that was read; false when that has changed meanwhile, and
  /// nothing was written.
  private mutating func replaceNeighbours(
    of vertex: VertexID, level: Int, _ old: borrowing NeighbourList,
    with new: borrowing NeighbourList, added: VertexID, addedLength: Float
  ) -> Bool {
    beginEdit(of: vertex, level: level)
    if !edited.holds(old) { return false }
    while edited.count > 0 { edited.remove(at: edited.count &- 1) }
    for position in 0..<new.count {
      let neighbour = new.id(position)
      let length = neighbour == added ? addedLength : distance(from: vertex, to: neighbour)
      edited.insert(neighbour, length: length, diverse: new.isDiverse(position), at: position)
    }
    return endEdit(of: vertex, level: level, added: added)
  }
}

// What `Linker` does for any store, where the lengths of edges are kept: nothing is decoded, and a
// list is changed in place.
extension MemoryGraph {
  /// Makes `added`, at `distance` from `vertex`, one of its neighbours if it belongs there.
  ///
  /// `query` is the added vertex's vector, and what `insertion` has measured from it is not
  /// measured again. Cost: a few distances; one write, or none when the edge is turned down.
  mutating func link(
    from vertex: VertexID, to added: VertexID, distance: Float, level: Int,
    query: UnsafeRawPointer, after insertion: borrowing Insertion
  ) {
    var isWritten = false
    while !isWritten {
      checkForInterrupts()
      beginEdit(of: vertex, level: level)
      if edited.contains(added) { return }
      let changes = unsafe place(
        added, at: distance, capacity: capacity(level: level), level: level, query: query,
        insertion)
      if !changes { return }
      encodeEdge(from: vertex)
      isWritten = endEdit(of: vertex, level: level, added: added)
    }
  }

  /// Puts the new neighbour into the list that is being changed; false when it is turned down.
  private mutating func place(
    _ added: VertexID, at distance: Float, capacity: Int, level: Int, query: UnsafeRawPointer,
    _ insertion: borrowing Insertion
  ) -> Bool {
    var position = edited.position(of: distance)
    let isFull = edited.count >= capacity
    let room = isFull ? edited.lastOccluded : nil
    if isFull && room == nil && position == edited.count { return false }
    let isOccluded = unsafe isOccluded(
      at: distance, before: position, level: level, query: query, insertion)
    if isFull && isOccluded && (room ?? -1) < position { return false }
    if !isOccluded { unsafe occlude(from: position, level: level, query: query, insertion) }
    if isFull {
      let victim = edited.lastOccluded ?? (edited.count &- 1)
      edited.remove(at: victim)
      if victim < position { position &-= 1 }
    }
    edited.insert(added, length: distance, diverse: !isOccluded, at: position)
    return true
  }

  private func isOccluded(
    at distance: Float, before end: Int, level: Int, query: UnsafeRawPointer,
    _ insertion: borrowing Insertion
  ) -> Bool {
    for index in 0..<end where edited.isDiverse(index) {
      let fromAdded = unsafe distanceFromAdded(
        to: edited.id(index), level: level, query: query, insertion)
      if fromAdded <= distance { return true }
    }
    return false
  }

  /// Takes from the farther neighbours what the new one occludes.
  private mutating func occlude(
    from position: Int, level: Int, query: UnsafeRawPointer, _ insertion: borrowing Insertion
  ) {
    for index in position..<edited.count where edited.isDiverse(index) {
      let fromAdded = unsafe distanceFromAdded(
        to: edited.id(index), level: level, query: query, insertion)
      if fromAdded <= edited.length(index) { edited.setNotDiverse(index) }
    }
  }

  private func distanceFromAdded(
    to vertex: VertexID, level: Int, query: UnsafeRawPointer, _ insertion: borrowing Insertion
  ) -> Float {
    if level == 0, let distance = insertion.measuredDistance(of: vertex) { return distance }
    return unsafe distance(from: query, to: vertex)
  }

  /// The distance between two nodes' stored vectors.
  private func distance(from vertex: VertexID, to other: VertexID) -> Float {
    var vector = GrowableBuffer<Component>(allocator, capacity: dimensions)
    vector.reserve(dimensions)
    unsafe format.decode(codes(of: vertex), code(of: vertex), into: vector.memory)
    return unsafe distance(from: vector.memory, to: other)
  }
}
