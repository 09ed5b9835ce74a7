/// Two indexes at one recall, each on its own curve: how many times what the second takes, or gives,
/// the first does.
struct RecallComparison: Encodable, Equatable {
  /// The recalls that were asked for; several where all are below the curves.
  var wanted: [Double]
  /// The recall that is compared at; nil where there is none.
  var recall: Double?
  /// Why it is not the one that was asked for.
  var note: String?
  /// Ratio of the backend's processor time per query; nil where it was not measured.
  var cpu: Spread?
  /// Ratio of queries per second.
  var queriesPerSecond: Spread?
  /// Ratio of pages touched per query.
  var buffers: Double?
}

/// The measured points of two indexes side by side.
struct CurveComparison {
  /// What is compared, and what with: both have at least one point, and equally many passes.
  var first: (name: String, points: [MeasuredPoint])
  var second: (name: String, points: [MeasuredPoint])

  /// Compares at each recall; recalls that come out at the same place become one.
  func compare(at recalls: [Double]) -> [RecallComparison] {
    var comparisons: [RecallComparison] = []
    for wanted in recalls.sorted() {
      let comparison = compare(at: wanted)
      if let last = comparisons.last, last.recall != nil, last.recall == comparison.recall {
        comparisons[comparisons.count - 1].wanted.append(wanted)
      } else {
        comparisons.append(comparison)
      }
    }
    return comparisons
  }

  private func compare(at wanted: Double) -> RecallComparison {
    let curves = [first, second].map { curve($0.points) { $0.buffers.total } }
    let recall = max(wanted, curves[0].start, curves[1].start)
    for (index, curve) in [first, second].enumerated() where curves[index].end < recall {
      return RecallComparison(
        wanted: [wanted],
        note: "\(curve.name) reaches \(fixed(curves[index].end, 4)) at most, at ef "
          + "\(ef(of: curve.points, at: curves[index].end))")
    }
    var note: String?
    if recall > wanted {
      let later = curves[0].start == recall ? first : second
      note =
        "\(later.name)'s curve starts, at ef \(ef(of: later.points, at: recall))"
    }
    return RecallComparison(
      wanted: [wanted], recall: recall, note: note,
      cpu: ratio(at: recall) { $0.cpuSeconds },
      queriesPerSecond: ratio(at: recall) { $0.queriesPerSecond },
      buffers: curves[0].value(at: recall).flatMap { a in
        curves[1].value(at: recall).map { a / $0 }
      })
  }

  private func curve(
    _ points: [MeasuredPoint], _ value: (MeasuredPoint) -> Double
  ) -> Curve {
    Curve(points.map { Curve.Point(recall: $0.recall, value: value($0)) })
  }

  private func ef(of points: [MeasuredPoint], at recall: Double) -> Int {
    points.first { $0.recall == recall }?.ef ?? 0
  }

  /// The ratio in each pass, so that what disturbs a pass disturbs both sides of it.
  private func ratio(at recall: Double, of quantity: (Pass) -> Double?) -> Spread? {
    Spread(
      first.points[0].passes.indices.map { pass -> Double? in
        let values = [first, second].map { side -> Double? in
          guard side.points.allSatisfy({ quantity($0.passes[pass]) != nil }) else { return nil }
          return curve(side.points) { quantity($0.passes[pass]) ?? 0 }.value(at: recall)
        }
        return values[0].flatMap { a in values[1].map { a / $0 } }
      })
  }
}
