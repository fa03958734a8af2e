using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.MaxbotixHrxl;

/// <summary>Settings of an HRXL-MaxSonar above water.</summary>
/// <param name="HeightMm">Height of its face above the zero of the level, mm.</param>
/// <param name="NearestMm">What it says of everything that is nearer, mm.</param>
/// <param name="NoTargetMm">What it says where it sees nothing, mm.</param>
internal sealed record HrxlSettings(double HeightMm, int NearestMm, int NoTargetMm) : SensorSettings
{
    private const double HeightMax = 100_000;
    private const int NearestMax = 1000;

    // Of all but some of those that reach 5 m, which have 300: what is flagged by mistake is still there.
    private const int NearestUsual = 500;

    private static readonly Dictionary<string, int> Reaches = new(StringComparer.Ordinal) { ["5m"] = 5000, ["10m"] = 9999 };

    /// <summary>The output, of which only the settings know the range.</summary>
    public static SensorOutput Level { get; } =
        new("level", Measurand.WaterLevel) { Method = "ultrasonic range from above, taken from the height of the sensor" };

    /// <summary>One that reaches 5 m, 3 m above the zero.</summary>
    public static HrxlSettings Usual { get; } = new(3000, NearestUsual, 5000);

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs { get; } =
        [Level with { Range = new Band(HeightMm - (NoTargetMm - 1), HeightMm - NearestMm) }];

    /// <summary>Reads them.</summary>
    /// <param name="section">The device's table.</param>
    public static SensorSettings? Read(TomlSection section)
    {
        var height = section.Number("height_mm", 0, HeightMax, required: true);
        var noTarget = section.Word("reach", Reaches, required: true);
        var nearest = section.Integer("nearest_mm", HrxlLines.ReportedMin, NearestMax) ?? NearestUsual;
        return height is null || noTarget is null ? null : new HrxlSettings(height.Value, (int)nearest, noTarget.Value);
    }
}
