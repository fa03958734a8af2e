using CsCheck;
using PondSentinel.Sensors;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Tests.Simulator.Devices.Twins;

/// <summary>Whatever is wrong with a device, the gateway takes no value that the device has not given; and when it is well again, so is the
/// gateway.</summary>
public sealed class TwinFaultTests
{
    private const int Iterations = 30;
    private const int FaultsMax = 6;

    // Twice silent, a probe is met anew: it may be another piece.
    private const int PollsToRecover = 4;

    // Later than that is a promise that nobody gives: see ModbusRtuMaster.
    private static readonly int[] LateMs = [50, 700, 1500, 1900];

    public static TheoryData<string, LineKind> All => [.. TwinBench.All];

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_wrong_value_is_taken_and_the_device_recovers(string model, LineKind kind)
    {
        var knobs = KnobsOf(model, kind).ToArray();
        var fault = Gen.Select(AnyOf(knobs), AnyOf(LateMs), Gen.Int[1, 3], AnyOf([0, 1, 60]));
        await Gen.Select(fault.Array[1, FaultsMax], Gen.ULong[1, 1000]).SampleAsync(
            async sample =>
            {
                var (faults, seed) = sample;
                using var bench = new TwinBench(model, kind, seed);
                foreach (var (knob, late, polls, seconds) in faults)
                {
                    bench.Faults.Switch(knob, TimeSpan.FromMilliseconds(late));
                    for (var poll = 0; poll < polls; poll++)
                    {
                        await PollAsync(bench, seconds);
                    }
                }

                bench.Faults.Switch(FaultKind.None);

                // A contact opens in its own time, and a poll of it takes none.
                var pause = kind == LineKind.Gpio ? 1 : 0;
                var recovered = false;
                for (var poll = 0; poll < PollsToRecover && !recovered; poll++)
                {
                    recovered = (await PollAsync(bench, Math.Max(faults[^1].Item4, pause))).Count == bench.Names.Count;
                }

                Assert.True(recovered, "it does not recover");
            },
            iter: Iterations,
            threads: 1);
    }

    /// <summary>What each fault alone comes to: values as served, or none. Stuck values and stray bytes lose nothing; a fault that should
    /// lose values and does not is not simulated.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public async Task Each_fault_does_what_it_says(string model, LineKind kind)
    {
        foreach (var knob in KnobsOf(model, kind))
        {
            using var bench = new TwinBench(model, kind);

            // What it is, a driver asks when it meets it, or when something was wrong.
            if (knob != FaultKind.OtherChip)
            {
                await PollAsync(bench, 60);
            }

            bench.Faults.Switch(knob, TimeSpan.FromMilliseconds(5000));
            var accepted = await PollAsync(bench, 60);
            var loses = !KeepsValues(knob, model, kind);
            Assert.True(loses == accepted.Count < bench.Names.Count, $"{knob}: {accepted.Count} of {bench.Names.Count} outputs");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Stuck_values_stay_and_are_free_again_when_it_is_well(string model, LineKind kind)
    {
        using var bench = new TwinBench(model, kind);
        bench.Faults.Switch(FaultKind.Stuck);
        var stuck = await PollAsync(bench, 60);
        Assert.Equal(stuck, await PollAsync(bench, 3600));
        bench.Faults.Switch(FaultKind.None);

        // One number in whole tenths may be what it was by chance.
        var isFree = false;
        for (var poll = 0; poll < 5 && !isFree; poll++)
        {
            isFree = !stuck.SequenceEqual(await PollAsync(bench, 3600));
        }

        Assert.True(isFree, "its values are still stuck");
    }

    private static Gen<T> AnyOf<T>(T[] choices) => Gen.Int[0, choices.Length - 1].Select(index => choices[index]);

    private static bool KeepsValues(FaultKind knob, string model, LineKind kind) => knob switch
    {
        FaultKind.Stuck or FaultKind.Echo or FaultKind.MidFrame or FaultKind.Bounce => true,

        // That its supply is too low is what is asked of it.
        FaultKind.Supply => kind == LineKind.Host,

        // Bytes before a text make another text of it, which no check sum could sort out.
        FaultKind.Stray => !model.StartsWith("atlas", StringComparison.Ordinal),

        // Over I2C the bit is taken off again, because it is known to come there.
        FaultKind.TopBits => kind == LineKind.I2c,
        _ => false,
    };

    private static IReadOnlyList<FaultKind> KnobsOf(string model, LineKind kind)
    {
        using var bench = new TwinBench(model, kind);
        return bench.Knobs;
    }

    private static async Task<IReadOnlyList<(string Output, double Value)>> PollAsync(
        TwinBench bench, int seconds)
    {
        var (reading, served) = await bench.PollAsync(TimeSpan.FromSeconds(seconds));
        var accepted = TwinBench.Accepted(reading).ToList();
        foreach (var value in accepted)
        {
            Assert.True(TwinBench.IsAmong(served, value), $"{value} is not among {string.Join(", ", served)}");
        }

        return accepted;
    }
}
