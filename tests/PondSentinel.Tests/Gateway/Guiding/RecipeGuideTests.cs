using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Calibration;

namespace PondSentinel.Tests.Gateway.Guiding;

/// <summary>Somebody who is guided through the recipe of an instrument that holds its calibration.</summary>
public sealed class RecipeGuideTests
{
    private readonly List<string> orders = [];
    private readonly List<string> taken = [];
    private TaskCompletionSource<ControlReply>? taking;
    private int readings;
    private string? refusal;
    private bool isTold;

    [Fact]
    public async Task Instrument_is_told_standard_by_standard_and_the_gateways_record_is_shown()
    {
        var screen = new ScriptedScreen(("1 of 2", ""), ("the gateway waits 60 s", "typed too early"), ("2 of 2", ""), ("back in the water", "y"));

        Assert.Equal(0, await Bench().GuideAsync(screen, with: options => options with { Lot = "A17" }));

        Assert.Equal(["standard 6.86 20 A17", "standard 4 20 A17"], orders);
        Assert.Contains("told: buffer pH 6.86\n\n2 of 2", screen.Said, StringComparison.Ordinal);
        Assert.Contains("recorded as c1; it is in force", screen.Said, StringComparison.Ordinal);
    }

    /// <summary>What does not settle is the same standard again.</summary>
    [Fact]
    public async Task Standard_that_is_refused_is_tried_again()
    {
        refusal = "buffer pH 6.86: its reading does not settle";
        var screen = new ScriptedScreen(("1 of 2", ""), ("1 of 2", "q"), ("back in the water", "y"));

        Assert.Equal(1, await Bench().GuideAsync(screen));

        Assert.Equal(["standard 6.86 20 "], orders);
        Assert.Contains("does not settle", screen.Said, StringComparison.Ordinal);
        Assert.Contains("nothing was recorded", screen.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_leaves_after_the_first_gives_it_up_and_is_told_of_the_refused_record()
    {
        var screen = new ScriptedScreen(("1 of 2", ""), ("2 of 2", "s"), ("2 of 2", "q"), ("back in the water", "n"));

        Assert.Equal(1, await Bench().GuideAsync(screen));

        Assert.Equal(["standard 6.86 20 ", "abandon"], orders);
        Assert.Contains("needs this standard", screen.Said, StringComparison.Ordinal);
        Assert.Contains("REFUSED\n  broken off", screen.Said, StringComparison.Ordinal);
    }

    /// <summary>It was told of the first, and nobody knows whether it took it: that is no calibration that nothing has changed.</summary>
    [Fact]
    public async Task Whoever_leaves_after_a_first_that_nobody_knows_of_gives_it_up()
    {
        (refusal, isTold) = ("buffer pH 6.86: no answer; what it holds now is not known", true);
        var screen = new ScriptedScreen(("1 of 2", ""), ("1 of 2", "q"), ("back in the water", "n"));

        Assert.Equal(1, await Bench().GuideAsync(screen));

        Assert.Equal(["standard 6.86 20 ", "abandon"], orders);
        Assert.DoesNotContain("nothing is changed", screen.Said, StringComparison.Ordinal);
    }

    /// <summary>The instrument is being told, and the picture of it cannot be drawn for once.</summary>
    [Fact]
    public async Task Reading_that_is_refused_meanwhile_is_shown_and_the_take_is_awaited()
    {
        var reads = 0;
        var bench = new GuideBench(CalibrationBench.Ph, Read) { Sensor = new Held(), Run = AnswerAsync, Refuses = () => ++reads == 3 ? "the line is busy" : null };
        var screen = new ScriptedScreen(("1 of 2", ""), ("the line is busy", "seen"), ("2 of 2", ""), ("back in the water", "y"));

        Assert.Equal(0, await bench.GuideAsync(screen));

        Assert.Equal(["standard 6.86 20 ", "standard 4 20 "], orders);
    }

    /// <summary>The gateway has gone on alone: the next guide begins behind what was told.</summary>
    [Fact]
    public async Task Broken_link_goes_on_behind_what_was_told()
    {
        taken.Add("buffer pH 6.86");
        var screen = new ScriptedScreen(("2 of 2", ""), ("back in the water", "y"));

        Assert.Equal(0, await Bench().GuideAsync(screen));

        Assert.Equal(["standard 4 20 "], orders);
    }

    [Fact]
    public async Task Standards_of_ones_own_are_misuse()
    {
        var screen = new ScriptedScreen();

        Assert.Equal(2, await Bench().GuideAsync(screen, with: options => options with { Standards = [7] }));

        Assert.Contains("buffer pH 6.86, buffer pH 4.00", screen.Said.Replace("\n ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dry_run_tells_the_instrument_nothing()
    {
        var screen = new ScriptedScreen(("6.86.\n", ""), ("STEADY", ""), ("4.00.\n", "s"), ("back in the water", "y"));

        Assert.Equal(0, await Bench().GuideAsync(screen, with: options => options with { IsDry = true }));

        Assert.Equal([], orders);
        Assert.Contains("ACCEPTED", screen.Said, StringComparison.Ordinal);
    }

    private GuideBench Bench() => new(CalibrationBench.Ph, Read)
    {
        Sensor = new Held(),
        Run = AnswerAsync,
    };

    // It settles while somebody looks.
    private double? Read()
    {
        if (++readings % 4 == 0)
        {
            taking?.TrySetResult(refusal is null ? State(null) : new ControlReply.NotDone(refusal));
        }

        return 6.881;
    }

    private Task<ControlReply> AnswerAsync(JsonElement asked)
    {
        if (!asked.TryGetProperty("do", out var what))
        {
            return Task.FromResult<ControlReply>(taken.Count == 0 && !isTold ? new ControlReply.NotDone("it is not being calibrated") : State(null));
        }

        if (what.GetString() != "standard")
        {
            orders.Add(what.GetString()!);
            return Task.FromResult<ControlReply>(State("broken off"));
        }

        var standard = asked.GetProperty("std").GetDouble();
        orders.Add(FormattableString.Invariant($"standard {standard} {asked.GetProperty("temp_c").GetDouble()} {asked.GetProperty("lot").GetString()}"));
        if (refusal is null)
        {
            taken.Add(standard == 4 ? "buffer pH 4.00" : "buffer pH 6.86");
        }

        taking = new TaskCompletionSource<ControlReply>();
        return taking.Task;
    }

    private ControlReply.Done State(string? reason)
    {
        var names = string.Join(',', taken.Select(name => $$"""{"name":"{{name}}"}"""));
        var record = CalibrationBench.Record("c1") with { Kind = CalibrationKind.Instrument, Line = null, Reasons = reason is null ? [] : [reason] };
        var told = taken.Count == 2 || reason is not null ? $",\"record\":{System.Text.Encoding.UTF8.GetString(CalibrationCodec.Encode(record))}" : "";
        return new ControlReply.Done(JsonElement.Parse($"{{\"taken\":[{names}],\"may_end\":false{told}}}"));
    }

    private sealed class Held : ICalibratingSensor
    {
        public IReadOnlyList<HeldStandard> Standards { get; } =
        [
            new("buffer pH 6.86", "ph", 6.86, TimeSpan.FromMinutes(1)), new("buffer pH 4.00", "ph", 4, TimeSpan.FromMinutes(1)),
        ];

        public ValueTask<Reading.Failed?> CalibrateAsync(HeldStandard standard, double celsius, IBusTurn turn, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<HeldCalibration> AskCalibrationAsync(int toldOf, IBusTurn turn, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
