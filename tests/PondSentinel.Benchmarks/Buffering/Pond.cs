using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>A gateway with 14 channels: records as acquisition hands them over.</summary>
internal sealed class Pond
{
    private const long StartMs = 1_767_225_600_000;

    private static readonly Guid Boot = Guid.Parse("6f1d6c1e-2b65-4c2c-9a0e-0c7f2f3f8a11");

    private static readonly (string Channel, Measurand What, double Usual)[] Channels =
    [
        ("ph", Measurand.Ph, 7.1), ("temperature", Measurand.WaterTemperature, 18.4), ("nh4n", Measurand.AmmoniumNitrogen, 123.4),
        ("turbidity", Measurand.TurbidityNtu, 12.3), ("pm25", Measurand.Pm25, 18.2), ("pm10", Measurand.Pm10, 41.6),
    ];

    private readonly Random random = new(1);
    private readonly int[] shares;
    private long count;

    /// <summary>Makes one.</summary>
    /// <param name="devices">Devices that share the 14 channels.</param>
    public Pond(int devices)
    {
        shares = [.. Enumerable.Range(0, devices).Select(device => (ChannelsAll / devices) + (device < ChannelsAll % devices ? 1 : 0))];
    }

    /// <summary>Channels of all devices: 14.</summary>
    public static int ChannelsAll => 14;

    /// <summary>The next poll: device after device, each once a minute.</summary>
    public BufferedRecord Next()
    {
        var device = (int)(count % shares.Length);
        var atMs = (count / shares.Length * 60_000) + (device * 60_000 / shares.Length);
        count++;
        return new BufferedRecord
        {
            Site = "gannan",
            Schema = "9f3c01d2",
            Station = "pond-a",
            Device = $"device-{device:00}",
            Clock = new ClockReading(Boot, TimeSpan.FromMilliseconds(100_000 + atMs), StartMs + atMs, new ClockStamp(ClockSource.Ntp, 12)),
            Channels = [.. Enumerable.Range(0, shares[device]).Select(Value)],
        };
    }

    private ChannelValue Value(int index)
    {
        var (channel, what, usual) = Channels[index % Channels.Length];
        return new ChannelValue
        {
            Channel = index < Channels.Length ? channel : $"{channel}-{index / Channels.Length}",
            Measurand = what,
            Flag = QualityFlag.Good,
            Value = Math.Round(usual * (0.98 + (0.04 * random.NextDouble())), 2),
        };
    }
}
