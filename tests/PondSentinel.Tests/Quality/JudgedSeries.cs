using PondSentinel.Quality;

namespace PondSentinel.Tests.Quality;

/// <summary>Runs whole series through the streaming tests.</summary>
internal static class JudgedSeries
{
    public static SeriesFacts Survey(IEnumerable<QualitySample> series)
    {
        var survey = new SeriesSurvey();
        foreach (var sample in series)
        {
            survey.Add(sample);
        }

        return survey.Facts;
    }

    public static List<JudgedSample> Of(QualitySample[] series, ChannelTests tests) => Of(series, tests, Survey(series));

    public static List<JudgedSample> Of(IEnumerable<QualitySample> series, ChannelTests tests, SeriesFacts facts)
    {
        var judge = new SeriesJudge(tests, facts);
        List<JudgedSample> judged = [];
        foreach (var sample in series)
        {
            judged.AddRange(judge.Judge(sample));
        }

        judged.AddRange(judge.Complete());
        return judged;
    }

    /// <summary>A series with a step of one minute.</summary>
    public static QualitySample[] Minutes(params double[] values) =>
        [.. values.Select((value, n) => new QualitySample(n * 60_000L, value))];
}
