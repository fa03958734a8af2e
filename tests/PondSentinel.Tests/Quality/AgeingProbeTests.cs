using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>Seasons of ammonium, turbidity and conductivity by probes that drift and grow a film: what finds that, and what a visit by USGS's
/// method makes of the record. That of pH: <see cref="SeasonTests"/>.</summary>
public sealed class AgeingProbeTests
{
    private const int MinutesPerDay = Seasons.MinutesPerDay;
    private const int From = 5 * MinutesPerDay;

    private readonly Seasons seasons = new();

    /// <summary>Slower than any test of its own past can see; beside a second probe it is doubted when it has come to what they may be
    /// apart, and always from then on.</summary>
    [Theory]
    [InlineData("ammonium", 0.05, 20, 8, 25)]
    [InlineData("conductivity", 0.02, 60, 8, 25)]
    public void Drift_is_found_beside_a_second_probe_and_by_nothing_else(string name, double perWeek, double apart, int daysMin, int daysMax)
    {
        var season = seasons.Make(name);
        var second = seasons.Second(season);
        var check = new AgreementCheck(apart);
        Assert.DoesNotContain(Enumerable.Range(0, season.Read.Length), n => check.IsSuspect(season.Read[n], second[n]));
        var good = Doubted(season);
        Drift(season, perWeek);

        var doubted = Enumerable.Range(0, season.Read.Length).Where(n => check.IsSuspect(season.Read[n], second[n])).ToHashSet();

        Assert.InRange(doubted.Min(), From + (daysMin * MinutesPerDay), From + (daysMax * MinutesPerDay));
        var later = Enumerable.Range(From, season.Read.Length - From).Where(n => n > From + (daysMax * MinutesPerDay) && !season.IsStorm[n]).ToList();
        Assert.True(later.Count(doubted.Contains) >= 0.99 * later.Count);
        Assert.InRange(Doubted(season), 0, good + 20);
    }

    /// <summary>Turbidity drifts by less than two good probes are apart in rain: only a visit with a standard finds that.</summary>
    [Fact]
    public void Drift_of_turbidity_is_less_than_two_good_probes_are_apart_in_rain()
    {
        var season = seasons.Make("turbidity");
        var second = seasons.Second(season);
        var check = new AgreementCheck(1.5);
        Assert.Contains(Enumerable.Range(0, season.Read.Length), n => check.IsSuspect(season.Read[n], second[n]) && season.IsStorm[n]);
        Assert.DoesNotContain(Enumerable.Range(0, season.Read.Length), n => check.IsSuspect(season.Read[n], second[n]) && !season.IsStorm[n]);
        var good = Doubted(season);

        Drift(season, perWeek: 0.03);

        Assert.InRange(Doubted(season), 0, good + 20);
    }

    /// <summary>A film grows over the membrane or the window: in four weeks the probe lags by hours, and its day's course is gone.
    /// </summary>
    [Theory]
    [InlineData("ammonium", 3)]
    [InlineData("turbidity", 0.35)]
    [InlineData("conductivity", 20)]
    public void Film_that_slows_a_probe_is_found_by_the_signal_that_is_lost(string name, double suspect)
    {
        var season = seasons.Make(name);
        var tests = new ChannelTests
        {
            AttenuatedSignal = new()
            {
                Method = SpreadMethod.StandardDeviation, Suspect = suspect, Period = TimeSpan.FromHours(24), PeriodMin = TimeSpan.FromHours(23),
            },
        };
        Assert.Equal(0, JudgedSeries.Of(JudgedSeries.Minutes(season.Read), tests).Count(each => each.Flag == QualityFlag.Suspect));
        var followed = season.Truth[From];
        for (var n = From; n < season.Read.Length; n++)
        {
            var grown = Math.Min(1, (n - From) / (28.0 * MinutesPerDay));
            followed += (season.Truth[n] - followed) / (1 + (grown * 1200));
            season.Read[n] = followed + (season.Sigma(followed) * seasons.Normal());
        }

        var found = JudgedSeries.Of(JudgedSeries.Minutes(season.Read), tests).Where(each => each.Flag == QualityFlag.Suspect).Min(each => each.Index);

        Assert.InRange(found, From + (5 * MinutesPerDay), From + (40 * MinutesPerDay));
    }

    /// <summary>Every four weeks somebody reads the probe in the water beside a clean meter, cleans it, reads it again, and holds it into a
    /// standard. What is prorated back from that leaves less of the film and the drift than USGS asks a correction for, in every day's mean.
    /// </summary>
    [Theory]
    [InlineData("turbidity", 0.12, 0.04, RecordRating.Fair)]
    [InlineData("turbidity", 0.05, -0.02, RecordRating.Good)]
    [InlineData("conductivity", -0.08, -0.01, RecordRating.Good)]
    [InlineData("conductivity", -0.15, 0.03, RecordRating.Poor)]
    [InlineData("ammonium", -0.10, 0.15, null)]
    public void Visits_bring_a_record_back(string name, double fouling, double drift, RecordRating? rating)
    {
        const int visit = 28 * MinutesPerDay;
        var season = seasons.Make(name);
        var criteria = CorrectionCriteria.Of(name == "conductivity" ? Measurand.SpecificConductance : season.Measurand);
        double worstRead = 0, worstCorrected = 0;
        for (var start = 0; start + visit < season.Read.Length; start += visit)
        {
            var end = start + visit;
            var water = season.Truth[end];
            var standard = season.Truth[0];
            var found = FoulingAndDrift.Of(
                water * (1 + fouling) * (1 + drift), water * 1.01 * (1 + drift), 1.02 * water, 1.02 * water * 1.01, standard, standard * (1 + drift));
            if (criteria is not null)
            {
                Assert.Equal(rating, criteria.Ratings!.Rate(found, water));
                Assert.True(criteria.IsDue(found, water));
            }

            for (var day = start; day < end; day += MinutesPerDay)
            {
                double truth = 0, read = 0, corrected = 0;
                for (var n = day; n < day + MinutesPerDay; n++)
                {
                    var share = (n - start) / (double)visit;
                    var aged = season.Read[n] * (1 + (share * fouling)) * (1 + (share * drift));
                    truth += season.Truth[n];
                    read += aged;
                    corrected += FoulingAndDrift.Prorated(aged, n * 60_000L, start * 60_000L, end * 60_000L, found.CorrectionPercent);
                }

                worstRead = Math.Max(worstRead, Math.Abs((read / truth) - 1));
                worstCorrected = Math.Max(worstCorrected, Math.Abs((corrected / truth) - 1));
            }
        }

        Assert.True(worstRead > 0.02, $"{worstRead} before");
        Assert.True(worstCorrected < 0.03, $"{worstCorrected} after");
    }

    private static void Drift(Season season, double perWeek)
    {
        for (var n = From; n < season.Read.Length; n++)
        {
            season.Read[n] *= 1 + (perWeek * (n - From) / (7.0 * MinutesPerDay));
        }
    }

    // By its own tests.
    private static int Doubted(Season season)
    {
        var tests = DefaultTests.Of(season.Measurand);
        return tests.IsEmpty
            ? 0
            : JudgedSeries.Of(JudgedSeries.Minutes(season.Read), tests).Count(each => each.Flag is QualityFlag.Suspect or QualityFlag.Fail);
    }
}
