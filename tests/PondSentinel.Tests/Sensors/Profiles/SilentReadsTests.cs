using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

/// <summary>A probe that answers about pH and is silent about its temperature.</summary>
public sealed class SilentReadsTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private readonly HastyTime time = new();
    private int polls;
    private bool isSilent = true;

    [Fact]
    public async Task Read_that_was_silent_three_times_running_is_asked_at_the_pace_of_a_slow_probe_and_at_each_poll_again_once_it_has_answered()
    {
        var (sensor, line) = Probe(burst: 1);

        for (var poll = 0; poll < 23; poll++)
        {
            Assert.Equal(("ph", null), await PollAsync(sensor));
        }

        // Polls 1 to 3, and each tenth after the third.
        Assert.Equal(5, Asked(line));

        isSilent = false;
        for (var poll = 0; poll < 12; poll++)
        {
            await PollAsync(sensor);
        }

        Assert.Equal(5 + 3, Asked(line));
        Assert.Equal(("ph", "temperature"), await PollAsync(sensor));
    }

    [Fact]
    public async Task What_is_not_asked_says_so_and_is_no_answer()
    {
        var (sensor, _) = Probe(burst: 1);
        await PollAsync(sensor);
        await PollAsync(sensor);
        await PollAsync(sensor);

        var temperature = Assert.IsType<Reading.Measured>(await sensor.ReadAsync(TestContext.Current.CancellationToken)).Outputs[1];

        Assert.Equal(SensorFault.NoAnswer, temperature.Fault);
        Assert.Equal("it answers, but not about temperature, 3 times running: that is asked only every 40s", temperature.Detail);
    }

    [Fact]
    public async Task Burst_asks_a_silent_read_twice_at_the_first_poll_and_once_at_the_next()
    {
        var (sensor, line) = Probe(burst: 10);

        Assert.Equal(("ph", null), await PollAsync(sensor));
        Assert.Equal(2, Asked(line));
        Assert.Equal(("ph", null), await PollAsync(sensor));
        Assert.Equal(3, Asked(line));
    }

    [Fact]
    public async Task Probe_that_was_exchanged_is_asked_for_everything_again()
    {
        var (sensor, line) = Probe(burst: 1);
        for (var poll = 0; poll < 4; poll++)
        {
            await PollAsync(sensor);
        }

        Assert.Equal(3, Asked(line));
        sensor.Forget();
        await PollAsync(sensor);
        Assert.Equal(4, Asked(line));
    }

    private static int Asked(AnsweringLine line) => line.Written.Count(IsTemperature);

    private static bool IsTemperature(byte[] request) => request[2] == 0x24;

    // The outputs that have a number.
    private async Task<(string?, string?)> PollAsync(ProfileSensor sensor)
    {
        var reading = Assert.IsType<Reading.Measured>(await sensor.ReadAsync(TestContext.Current.CancellationToken));
        time.Advance((Interval * ++polls) - time.Elapsed);
        var names = reading.Outputs.Select(output => output.Measurement is null ? null : output.Output).ToList();
        return (names[0], names[1]);
    }

    private (ProfileSensor Sensor, AnsweringLine Line) Probe(int burst)
    {
        var profile = SensorCatalogue.Profiles.Single(profile => profile.Id == "yosemitech-y532") with
        {
            Identity = null,
            Sequence = burst == 1 ? null : new ProfileSequence { Burst = burst },
        };
        var line = new AnsweringLine(
            time,
            request => IsTemperature(request)
                ? isSilent ? null : (TimeSpan.Zero, Convert.FromHexString("010304CDCC7C41E450"))
                : (TimeSpan.Zero, Convert.FromHexString("0103043333F3404078")));
        var order = new ProfileOrder(1, ["ph", "temperature"]) { Interval = Interval };
        return (new ProfileSensor(profile, new ModbusRtuMaster(line, time), order, time), line);
    }
}
