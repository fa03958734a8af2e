using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>What a channel is tested for where nobody has said: a first guess for a leaching pond, to be tuned on what the site
/// has recorded (<c>pond-gateway qc</c>).</summary>
/// <remarks>The project's own proposal, from no standard. The spike test is the differential one, as the average one flags a
/// step, and a step may be the leak. What can truly change at once (turbidity, dust) never fails for its speed; what can truly stand still
/// (a level) never fails for it.</remarks>
public static class DefaultTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    /// <summary>The tests of a measurand.</summary>
    /// <param name="measurand">What is measured.</param>
    /// <returns>The tests; <see cref="ChannelTests.None"/> for a measurand that has no defaults.</returns>
    public static ChannelTests Of(Measurand measurand) => measurand switch
    {
        Measurand.Ph => new ChannelTests
        {
            GrossRange = new() { Fail = new Band(0, 14), Suspect = new Band(2.5, 9.5) },
            Spike = new() { Suspect = new Threshold(0.3), Fail = new Threshold(1) },
            RateOfChange = new() { Suspect = new Threshold(0.5), Fail = new Threshold(2), Per = TenMinutes },
            FlatLine = Flat(6, 24, new Threshold(0.01)),
        },
        Measurand.AmmoniumNitrogen => new ChannelTests
        {
            GrossRange = new() { Fail = new Band(0, 5000), Suspect = new Band(0, 2000) },

            // A stream holds less than 1 mg/L, where a fifth is noise.
            Spike = new() { Suspect = Threshold.OfValue(20, floor: 1), Fail = Threshold.OfValue(50, floor: 1) },
            RateOfChange = new() { Suspect = Threshold.OfValue(50, floor: 1), Per = TenMinutes },

            // A share of next to nothing is less than a last digit: a dead probe at 0 whose last digit still moves would be good for
            // ever. Two of the last digits that the finest analysers show.
            FlatLine = Flat(6, 24, Threshold.OfValue(0.5, floor: 0.02)),
        },
        Measurand.TurbidityNtu => new ChannelTests
        {
            GrossRange = new() { Fail = new Band(0, 4000), Suspect = new Band(0, 2000) },
            Spike = new() { Suspect = new Threshold(100), Fail = new Threshold(500) },

            // Rain brings a hundred times as much within minutes, which is real: no step fails.
            Step = new() { Suspect = 4, Floor = 0.3 },

            // A clear stream stands still within a tenth for days.
            FlatLine = Flat(6, 24, Threshold.OfValue(0.5, floor: 0.02)),
        },
        Measurand.Pm10 => new ChannelTests
        {
            GrossRange = new() { Fail = new Band(0, 20000), Suspect = new Band(0, 5000) },

            // So does a gust. Dust is the noisier, so less is suspect for as many of its steps to be found.
            Step = new() { Suspect = 3.5, Floor = 2 },

            // And so does washed air within one.
            FlatLine = Flat(3, 12, new Threshold(0.2)),
        },
        Measurand.WaterLevel => new ChannelTests
        {
            Spike = new() { Suspect = new Threshold(20), Fail = new Threshold(100) },
            RateOfChange = new() { Suspect = new Threshold(50), Per = TenMinutes },
            FlatLine = Flat(24, null, new Threshold(1)),
        },
        _ => ChannelTests.None,
    };

    private static FlatLineSettings Flat(int suspectHours, int? failHours, Threshold tolerance) => new()
    {
        Suspect = TimeSpan.FromHours(suspectHours),
        Fail = failHours is { } hours ? TimeSpan.FromHours(hours) : null,
        Tolerance = tolerance,
    };
}
