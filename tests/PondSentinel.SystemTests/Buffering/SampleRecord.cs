using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>Records whose content follows from one number.</summary>
internal static class SampleRecord
{
    private const string Device = "upstream-ph";
    private const string Channel = "ph";
    private const long StartMs = 1_767_225_600_000;

    private static readonly Guid Boot = new("0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e");

    /// <summary>A record as acquisition makes one.</summary>
    /// <param name="value">Tells it apart.</param>
    public static BufferedRecord Of(int value) => new()
    {
        Site = SiteSettings.Site,
        Schema = "9f3c01d2",
        Station = "upstream",
        Device = Device,
        Clock = new ClockReading(Boot, TimeSpan.FromSeconds(value), TimeMs(value), new ClockStamp(ClockSource.Ntp, 12)),
        Channels =
        [
            new ChannelValue { Channel = Channel, Measurand = Measurand.Ph, Value = value, Flag = QualityFlag.Good },
        ],
    };

    /// <summary>The claim that a record is durable.</summary>
    /// <param name="id">What the buffer has numbered it.</param>
    /// <param name="value">What it was made from.</param>
    public static WitnessedRecord Claim(RecordId id, int value) => new(
        id.Epoch, id.Sequence, TimeMs(value), Device, new Dictionary<string, double?>(StringComparer.Ordinal) { [Channel] = value });

    private static long TimeMs(int value) => StartMs + (value * 1000L);
}
