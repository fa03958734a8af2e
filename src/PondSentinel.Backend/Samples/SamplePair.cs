using System.Globalization;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Samples;

/// <summary>A grab sample beside what its probe had at that time: the list, the chart and the report tell the same difference.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Probe">The probe's value nearest in time; null where there is none within <see cref="ApartMax"/>.</param>
internal sealed record SamplePair(SamplePoint Sample, NearValue? Probe)
{
    /// <summary>How far from a sample the probe's value may lie.</summary>
    public static readonly TimeSpan ApartMax = TimeSpan.FromMinutes(15);

    private const double Whole = 100;

    /// <summary>How much more the probe had, in the measurand's unit; null where it had nothing.</summary>
    public double? Difference => Probe is { } near ? Math.Clamp(near.Value - Sample.Value, double.MinValue, double.MaxValue) : null;

    /// <summary>The same in percent of the sample; null where that is 0, or so near it that there is no such number.</summary>
    public double? Percent => Whole * Difference / Math.Abs(Sample.Value) is { } percent && double.IsFinite(percent) ? percent : null;

    /// <summary>The difference for people: <c>+5.6 (+4.7 %)</c>; empty where there is none.</summary>
    public string Text => (Difference, Percent) switch
    {
        (null, _) => "",
        ({ } difference, null) => string.Create(CultureInfo.InvariantCulture, $"{difference:+0.####;-0.####;0}"),
        ({ } difference, { } percent) => string.Create(CultureInfo.InvariantCulture, $"{difference:+0.####;-0.####;0} ({percent:+0.#;-0.#;0} %)"),
    };

    /// <summary>Asks a store for what the probe had.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be asked now.</exception>
    public static async Task<SamplePair> OfAsync(SamplePoint sample, IMeasurementStore store, CancellationToken cancellationToken) =>
        new(sample, await store.NearestAsync(sample.Beside, sample.TimeNs, ApartMax, cancellationToken));
}
