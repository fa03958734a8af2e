using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Simulator.Devices.Twins;

/// <summary>Real drivers against twins that are written from other papers than the drivers' profiles.</summary>
public sealed class TwinDriverTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static TheoryData<string, LineKind> All => [.. TwinBench.All];

    public static TheoryData<string> Sequenced =>
        [.. SensorCatalogue.Profiles.Where(profile => profile.Sequence is not null).Select(profile => profile.Id)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_output_arrives_as_it_was_served(string model, LineKind kind)
    {
        using var bench = new TwinBench(model, kind);
        for (var poll = 0; poll < 5; poll++)
        {
            var (reading, served) = await bench.PollAsync(Minute);
            var accepted = TwinBench.Accepted(reading).ToList();
            Assert.Equal(bench.Names, accepted.Select(value => value.Output));
            Assert.All(accepted, value => Assert.True(TwinBench.IsAmong(served, value), $"{value} is not among {string.Join(", ", served)}"));
        }
    }

    [Theory]
    [MemberData(nameof(Sequenced))]
    public async Task With_its_sequence_a_value_lies_among_those_served(string model)
    {
        using var bench = new TwinBench(model, LineKind.Serial, sequenced: true);
        for (var poll = 0; poll < 3; poll++)
        {
            var (reading, served) = await bench.PollAsync(Minute);
            var accepted = TwinBench.Accepted(reading).ToList();
            Assert.Equal(bench.Names, accepted.Select(value => value.Output));
            Assert.All(accepted, value => Assert.InRange(
                value.Value,
                served.Where(one => one.Output == value.Output).Min(one => one.Value) - 1e-3,
                served.Where(one => one.Output == value.Output).Max(one => one.Value) + 1e-3));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Same_seed_and_time_give_the_same_values_and_another_seed_others(string model, LineKind kind)
    {
        var told = new List<string>();
        foreach (var seed in (ulong[])[1, 1, 2])
        {
            using var bench = new TwinBench(model, kind, seed);
            await bench.PollAsync(Minute);
            await bench.PollAsync(Minute);

            // The first word is the wall clock's.
            told.Add(string.Join('\n', bench.Served.Split('\n').Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])));
        }

        Assert.Equal(told[0], told[1]);
        Assert.NotEqual(told[0], told[2]);
    }

    [Theory]
    [InlineData("atlas-ezo-ec", LineKind.I2c)]
    [InlineData("atlas-ezo-ec", LineKind.Serial)]
    public async Task Circuit_that_is_told_the_temperature_gives_another_quantity(string model, LineKind kind)
    {
        using var bench = new TwinBench(model, kind, celsius: 18.5);
        var (reading, served) = await bench.PollAsync(Minute);
        var value = Assert.Single(TwinBench.Accepted(reading));
        Assert.Equal("specific_conductance", value.Output);
        Assert.True(TwinBench.IsAmong(served, value));
    }

    /// <summary>Profiles that people write themselves: the templates that come with the gateway.</summary>
    [Theory]
    [InlineData("level")]
    [InlineData("probe")]
    [InlineData("inputs")]
    [InlineData("inclinometer")]
    public async Task Twin_that_is_made_of_a_profile_serves_what_its_profile_reads(string template)
    {
        var profile = ProfileFile.Read(template, Checkout.Text($"deploy/profiles/{template}.toml"), [])!;
        using var bench = new TwinBench(profile.Id, LineKind.Serial, profile: profile);
        var (reading, served) = await bench.PollAsync(Minute);
        var values = ((Reading.Measured)reading).Outputs.Select(output => (output.Output, output.Measurement!.Value.Value)).ToList();
        Assert.Equal(bench.Names, values.Select(value => value.Output));
        Assert.All(values, value => Assert.True(TwinBench.IsAmong(served, value)));
    }

    /// <summary>Also of those that have a twin of their own: so the twin of the profile is tried on every form of number there is.</summary>
    [Theory]
    [MemberData(nameof(Sequenced))]
    public async Task Twin_of_a_profile_alone_can_be_made_of_any_profile(string model)
    {
        var profile = SensorCatalogue.Profiles.First(profile => profile.Id == model) with { Id = "own" };
        using var bench = new TwinBench("own", LineKind.Serial, profile: profile);
        var (reading, _) = await bench.PollAsync(Minute);
        Assert.IsType<Reading.Measured>(reading);
    }

    [Fact]
    public async Task Old_probe_measures_only_when_it_was_started_and_has_warmed_up()
    {
        using var bench = new TwinBench("yosemitech-y511", LineKind.Serial);
        bench.Faults.Switch(FaultKind.Unstarted);
        Assert.Empty(TwinBench.Accepted((await bench.PollAsync(Minute)).Reading));

        var faults = new Faults();
        faults.Switch(FaultKind.Unstarted);
        var probe = new YosemitechProbe("old", 1, YosemitechModels.Y511, faults, () => _ => 1);
        byte[] start = [1, 3, 0x25, 0, 0, 1];
        byte[] read = [1, 3, 0x26, 0, 0, 5];
        Assert.Null(probe.Answer(read, TimeSpan.Zero)!.Values);
        probe.Answer(start, TimeSpan.FromSeconds(10));
        Assert.Null(probe.Answer(read, TimeSpan.FromSeconds(17))!.Values);
        Assert.NotNull(probe.Answer(read, TimeSpan.FromSeconds(18))!.Values);
    }
}
