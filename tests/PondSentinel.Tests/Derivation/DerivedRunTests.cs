using CsCheck;
using PondSentinel.Derivation;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Derivation;

/// <summary>What a derived channel makes of the quality of its inputs, and of time.</summary>
public sealed class DerivedRunTests
{
    private const long MinuteMs = 60_000;
    private static readonly QualityFlag[] Flags = [QualityFlag.Good, QualityFlag.NotEvaluated, QualityFlag.Suspect, QualityFlag.Fail];

    public static TheoryData<string, double[], double> Answers => new()
    {
        { "ph-at-temperature", [4.150931, 10], 4.0 },
        { "specific-conductance", [1000, 20], 1105.583 },
        { "ammonium-nitrogen", [128.7856], 100 },
        { "ammonium-ion", [100], 128.7856 },
        { "ammonium-of-total", [10, 8, 20], 9.617954 },
        { "total-ammonia-nitrogen", [9.617954, 8, 20], 10 },
        { "unionized-ammonia-nitrogen", [9.617954, 8, 20], 0.382046 },
        { "unionized-ammonia", [9.617954, 8, 20], 0.464523 },
        { "potassium-corrected-ammonium", [2.540737, 39.0983], 1.0 },
        { "ammonia-acute-criterion", [7, 20], 16.760248 },
        { "ammonia-chronic-criterion", [7, 20], 1.887016 },
        { "ammonia-acute-ratio", [33.9, 7, 20], 2 },
        { "ammonia-chronic-ratio", [3.8, 7, 20], 2 },
        { "dry-pm10", [116.3636, 90], 100 },
        { "dry-pm25", [116.3636, 90], 100 },
        { "freeboard", [2500], 700 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Formula_gives_what_its_function_is_known_to_give(string name, double[] inputs, double expected)
    {
        var result = Run(name).Step(0, Good(inputs));

        Assert.Equal(expected, result.Value!.Value, Math.Abs(expected) * 5e-5);
        Assert.Equal((QualityFlag.Good, Why.None), (result.Flag, result.Why));
    }

    [Fact]
    public void Every_formula_is_known_by_a_name_of_its_own_and_none_is_without_an_answer()
    {
        var names = FormulaBook.All.Select(formula => formula.Name).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(FormulaBook.All, formula => Assert.Same(formula, FormulaBook.Find(formula.Name)));
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            Answers.Select(row => row.Data.Item1).Concat(["water-balance-residual", "wind-vector-speed", "wind-vector-direction", "rain-depth"]).Order(StringComparer.Ordinal));
        Assert.Null(FormulaBook.Find("ammonia"));
    }

    [Theory]
    [InlineData(Measurand.AmmoniumNitrogen, 1)]
    [InlineData(Measurand.AmmoniumIon, 1.287856)]
    [InlineData(Measurand.TotalAmmoniaNitrogen, 1.0397222)]
    public void Ammonium_is_taken_on_any_basis(Measurand measurand, double perNitrogen)
    {
        var run = Run("unionized-ammonia-nitrogen", given: [measurand, Measurand.Ph, Measurand.WaterTemperature]);

        Assert.Equal(0.382054, run.Step(0, Good(9.617954 * perNitrogen, 8, 20)).Value!.Value, 2e-6);
    }

    [Fact]
    public void Worst_flag_of_the_inputs_wins_with_the_reasons_of_all() =>
        Gen.Select(Gen.Int[0, 3].Array[3], Gen.Int[0, 20].Array[3]).Sample((flags, bits) =>
        {
            JudgedValue[] inputs =
            [
                new(5, Flags[flags[0]], (Why)(1L << bits[0])), new(7.5, Flags[flags[1]], (Why)(1L << bits[1])), new(20, Flags[flags[2]], (Why)(1L << bits[2])),
            ];
            var result = Run("unionized-ammonia").Step(0, inputs);

            Assert.NotNull(result.Value);
            Assert.Equal(Flags[flags.Max()], result.Flag);
            Assert.Equal(inputs.Aggregate(Why.None, (sum, input) => sum | input.Why), result.Why);
        });

    [Fact]
    public void Missing_input_makes_it_missing_with_the_reason_of_that()
    {
        var run = Run("unionized-ammonia");
        Assert.NotNull(run.Step(0, Good(5, 7.5, 20)).Value);

        Assert.Equal(
            new JudgedValue(null, QualityFlag.Missing, Why.TimedOut),
            run.Step(1, [new(5, QualityFlag.Good), new(null, QualityFlag.Missing, Why.TimedOut), new(20, QualityFlag.Good)]));
        Assert.Equal(
            new JudgedValue(null, QualityFlag.Missing, Why.NoAnswer),
            run.Step(2, [new(5, QualityFlag.Good), new(double.NaN, QualityFlag.Good), new(20, QualityFlag.Good)]));
    }

    [Fact]
    public void Extrapolated_result_is_suspect_and_says_so()
    {
        Assert.Equal((QualityFlag.Suspect, Why.Extrapolated), Judged(Run("ammonia-acute-criterion").Step(0, Good(4, 20))));
        Assert.Equal(
            (QualityFlag.Fail, Why.Extrapolated | Why.Flat),
            Judged(Run("ammonia-acute-criterion").Step(0, [new(4, QualityFlag.Fail, Why.Flat), new(20, QualityFlag.Good)])));
    }

    // A broken instrument may send any bits, and a table of settings any number between its bounds.
    [Fact]
    public void No_input_whatever_makes_more_of_a_formula_than_a_number_or_none() =>
        Gen.Select(
            Gen.Int[0, FormulaBook.All.Count - 1],
            Gen.OneOf(Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Double[-100, 200], Gen.Int[-1, 15].Select(whole => (double)whole)).Array[4].Array[20])
            .Sample((place, steps) =>
            {
                var formula = FormulaBook.All[place];
                var run = Run(formula.Name, period: formula.Period is var (least, _, _) ? least : default);
                for (var step = 0; step < steps.Length; step++)
                {
                    var result = run.Step(step * 10 * MinuteMs, Good(steps[step][..formula.Inputs.Count]));
                    Assert.Equal(result.Flag == QualityFlag.Missing, result.Value is null);
                    Assert.True(result.Value is null || double.IsFinite(result.Value.Value));
                }
            });

    [Theory]
    [InlineData("unionized-ammonia", 14.01, 20, true)]
    [InlineData("unionized-ammonia", -0.01, 20, true)]
    [InlineData("unionized-ammonia", 0, 0, false)]
    [InlineData("unionized-ammonia", 14, 30, false)]
    [InlineData("unionized-ammonia", 7, 50, true)]
    [InlineData("ph-at-temperature", 7, 50, false)]
    [InlineData("ph-at-temperature", 7, 50.1, true)]
    public void Where_a_formula_ends_its_result_is_doubted(string name, double ph, double celsius, bool isExtrapolated)
    {
        var result = Run(name).Step(0, name.StartsWith("ph", StringComparison.Ordinal) ? Good(ph, celsius) : Good(5, ph, celsius));

        Assert.Equal(isExtrapolated ? (QualityFlag.Suspect, Why.Extrapolated) : (QualityFlag.Good, Why.None), Judged(result));
    }

    [Fact]
    public void Result_that_is_no_number_is_missing() =>
        Assert.Equal(
            new JudgedValue(null, QualityFlag.Missing, Why.OverRange), Run("specific-conductance").Step(0, Good(100, -60)));

    [Fact]
    public void Rain_of_a_period_is_the_difference_of_totals_once_the_period_is_nearly_full()
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        for (var minute = 0; minute <= 200; minute++)
        {
            var result = run.Step(minute * MinuteMs, Good(1000 + (0.2 * minute)));
            double? expected = minute < 54 ? null : Math.Round(0.2 * Math.Min(minute, 60), 9);
            double? actual = result.Value is { } depth ? Math.Round(depth, 9) : null;
            Assert.Equal(expected, actual);
            Assert.Equal(minute < 54 ? Why.NotReady : Why.None, result.Why);
        }
    }

    [Fact]
    public void Gauge_that_began_anew_gives_no_rain_until_that_is_a_period_ago()
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        var missing = Enumerable.Range(0, 240).Where(minute =>
            run.Step(minute * MinuteMs, Good(minute < 100 ? 500 + minute : minute - 100)).Value is null).ToList();

        Assert.Equal([.. Enumerable.Range(0, 54), .. Enumerable.Range(100, 60)], missing);
    }

    [Fact]
    public void Failed_value_is_nothing_to_look_back_on_and_a_suspect_one_is_doubted_for_a_period()
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        for (var minute = 0; minute <= 300; minute++)
        {
            var flag = minute == 70 ? QualityFlag.Fail : minute == 100 ? QualityFlag.Suspect : QualityFlag.Good;
            var result = run.Step(minute * MinuteMs, [new(flag == QualityFlag.Fail ? 9e9 : minute, flag, flag == QualityFlag.Good ? Why.None : Why.Spike)]);
            if (minute >= 60 && minute != 70)
            {
                Assert.Equal(60, result.Value!.Value, 1.01);
                Assert.Equal(minute is >= 100 and <= 160 ? (QualityFlag.Suspect, Why.Spike) : (QualityFlag.Good, Why.None), Judged(result));
            }
        }
    }

    // Whatever the rain before and after it, and wherever in the period it is.
    [Fact]
    public void Total_that_is_misread_once_is_as_if_it_had_been_missing() =>
        Gen.Select(Gen.OneOf(Gen.Const(0.0), Gen.Double[0, 5]).Array[200], Gen.Int[1, 198], Gen.Double[41, 1e9], Gen.Double[0, 1e4]).Sample(
            (rises, at, jump, begin) =>
            {
                var (misread, missing) = (Run("rain-depth", period: TimeSpan.FromHours(1)), Run("rain-depth", period: TimeSpan.FromHours(1)));
                var total = begin;
                for (var minute = 0; minute < rises.Length; minute++)
                {
                    total += rises[minute];
                    var one = misread.Step(minute * MinuteMs, Good(minute == at ? total + jump : total));
                    var other = missing.Step(minute * MinuteMs, minute == at ? [new JudgedValue(null, QualityFlag.Missing)] : Good(total));
                    Assert.Equal(other.Value, one.Value);
                }
            });

    [Fact]
    public void Gauge_that_is_exchanged_for_one_that_counted_on_begins_anew_and_pretends_no_rain()
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        var values = Enumerable.Range(0, 240).Select(minute => run.Step(minute * MinuteMs, Good(minute < 100 ? 500 : 7000 + (0.1 * (minute - 100)))).Value).ToList();

        Assert.All(values.Skip(100).Take(60), Assert.Null);
        Assert.All(values.Skip(160), value => Assert.Equal(6, value!.Value, 1e-9));
    }

    // By a bit in the middle: 10 mm in a minute fall somewhere, but no gauge counts to 500 from nothing in one.
    [Theory]
    [InlineData(500, true)]
    [InlineData(3, false)]
    public void Small_jump_is_misread_only_where_no_gauge_can_have_begun_anew(double total, bool isMisread)
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        var values = Enumerable.Range(0, 120).Select(minute => run.Step(minute * MinuteMs, Good(minute == 70 ? total + 10 : total)).Value).ToList();

        Assert.Equal(isMisread ? 0.0 : null, values[71]);
    }

    [Theory]
    [InlineData(60, 10)]
    [InlineData(60, 5)]
    [InlineData(60, 60)]
    [InlineData(10, 3)]
    [InlineData(60, 25)]
    [InlineData(60, 1)]
    public void Steps_that_come_a_little_early_or_late_leave_no_gaps(int periodMinutes, int intervalMinutes)
    {
        var (period, interval) = (TimeSpan.FromMinutes(periodMinutes), TimeSpan.FromMinutes(intervalMinutes));
        var formula = FormulaBook.Find("rain-depth")!;
        var isPossible = FormulaSetting.Nearest(period, interval) >= period * formula.FilledShare;
        var first = (int)Math.Ceiling(period / interval);
        Gen.Int[-400, 400].Array[first + 60].Sample(
            lateMs =>
            {
                var run = Run("rain-depth", period: period, interval: interval);
                for (var step = 0; step < lateMs.Length; step++)
                {
                    var atMs = (step * (long)interval.TotalMilliseconds) + lateMs[step];
                    var depth = run.Step(atMs, Good(atMs / (double)MinuteMs)).Value;
                    if (step >= first && isPossible)
                    {
                        Assert.InRange(depth!.Value, (periodMinutes * 0.9) - 0.1, periodMinutes + (intervalMinutes / 2.0) + 0.1);
                    }
                }
            },
            iter: 20);
        Assert.Equal(intervalMinutes != 25, isPossible);
    }

    [Fact]
    public void Suspect_value_of_the_time_that_fills_the_period_is_doubted_too()
    {
        var run = Run("rain-depth", period: TimeSpan.FromHours(1));
        for (var minute = 0; minute <= 100; minute++)
        {
            var result = run.Step(minute * MinuteMs, [minute == 30 ? new(30, QualityFlag.Suspect, Why.OutOfBounds) : new(minute, QualityFlag.Good)]);
            if (minute >= 54)
            {
                Assert.Equal(minute <= 90 ? (QualityFlag.Suspect, Why.OutOfBounds) : (QualityFlag.Good, Why.None), Judged(result));
            }
        }
    }

    [Theory]
    [InlineData(-12, 0, 0, 0, -8)]
    [InlineData(-40, 0, 0, 28_800, 0)]
    [InlineData(10, 50, 0, 0, -36)]
    public void Balance_of_a_pond_is_what_nothing_explains(double rose, double rain, double inflow, double outflow, double residual)
    {
        var run = Run("water-balance-residual", [800, 1, 4], period: TimeSpan.FromHours(24));
        var result = default(JudgedValue);
        for (var step = 0; step <= 144; step++)
        {
            var part = step / 144.0;
            result = run.Step(step * 10 * MinuteMs, Good(2000 + (rose * part), 700 + (rain * part), inflow * part, 5 + (outflow * part)));
        }

        Assert.Equal(residual, result.Value!.Value, 1e-6);
    }

    [Fact]
    public void Balance_does_without_rain_and_pumps_where_there_are_none()
    {
        var run = Run("water-balance-residual", [800, 1, 4], [Measurand.WaterLevel, null, null, null], TimeSpan.FromHours(24));
        run.Step(0, [new(2000, QualityFlag.Good), default, default, default]);

        Assert.Equal(-8, run.Step(24 * 60 * MinuteMs, [new(1988, QualityFlag.Good), default, default, default]).Value!.Value, 9);
    }

    [Fact]
    public void Wind_of_ten_minutes_is_a_mean_of_vectors()
    {
        var (speed, direction) = (Run("wind-vector-speed", period: TimeSpan.FromMinutes(10)), Run("wind-vector-direction", period: TimeSpan.FromMinutes(10)));
        for (var minute = 0; minute < 40; minute++)
        {
            var wind = Good(minute < 20 ? 5 : 2, minute < 20 ? minute % 2 == 0 ? 350 : 10 : 180);
            var (vector, from) = (speed.Step(minute * MinuteMs, wind), direction.Step(minute * MinuteMs, wind));
            Assert.Equal(minute < 6, vector.Value is null);
            if (minute is 19 or 39)
            {
                Assert.Equal(minute == 19 ? 4.924039 : 2, vector.Value!.Value, 1e-6);
                Assert.Equal(0, Math.IEEERemainder(from.Value!.Value - (minute == 19 ? 0 : 180), 360), 1e-6);
            }
        }
    }

    [Fact]
    public void Calm_has_a_speed_and_no_direction()
    {
        var (speed, direction) = (Run("wind-vector-speed", period: TimeSpan.FromMinutes(10)), Run("wind-vector-direction", period: TimeSpan.FromMinutes(10)));
        for (var minute = 0; minute < 10; minute++)
        {
            speed.Step(minute * MinuteMs, Good(0, 90));
            direction.Step(minute * MinuteMs, Good(0, 90));
        }

        Assert.Equal(0, speed.Step(10 * MinuteMs, Good(0, 90)).Value);
        Assert.Null(direction.Step(10 * MinuteMs, Good(0, 90)).Value);
    }

    private static (QualityFlag Flag, Why Why) Judged(JudgedValue value) => (value.Flag, value.Why);

    private static JudgedValue[] Good(params double[] values) => [.. values.Select(value => new JudgedValue(value, QualityFlag.Good))];

    private static DerivedRun Run(string name, double[]? constants = null, Measurand?[]? given = null, TimeSpan period = default, TimeSpan? interval = null)
    {
        var formula = FormulaBook.Find(name)!;
        return new DerivedRun(new FormulaSetting(
            formula,
            given ?? [.. formula.Inputs.Select(input => (Measurand?)input.Measurands[0])],
            constants ?? [.. formula.Constants.Select(constant => constant.Usual ?? 3200)],
            interval ?? TimeSpan.FromMinutes(1),
            period));
    }
}
