using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>What a series did in a stretch of time: nothing that stood out in it is lost. Numbers are of values that did not fail a
/// test, where there is one; else of those that did.</summary>
/// <param name="StartMs">When the stretch begins, ms since 1970: a multiple of its length.</param>
/// <param name="First">The first number; null where no point has one.</param>
/// <param name="Last">The last.</param>
/// <param name="Min">The lowest.</param>
/// <param name="Max">The highest.</param>
/// <param name="Mean">The mean of them, each counted once: to draw a line by, and no mean of any standard. Of directions it is that of
/// their vectors, or the last where they cancel each other.</param>
/// <param name="Count">Points, with or without a number; 1 or more.</param>
/// <param name="Worst">The worst flag of all points, those without a number too.</param>
public sealed record SeriesBucket(
    long StartMs, double? First, double? Last, double? Min, double? Max, double? Mean, long Count, QualityFlag Worst);
