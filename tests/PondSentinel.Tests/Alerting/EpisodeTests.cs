using PondSentinel.Backend.Alerting.Trial;
using PondSentinel.Tests.Repository;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Alerting;

/// <summary>Every episode is told exactly as it is to be.</summary>
public sealed class EpisodeTests
{
    private const string Folder = "tests/PondSentinel.Tests/Alerting/Episodes";

    public static TheoryData<string> Episodes =>
        [.. Directory.GetFiles(Checkout.Absolute(Folder), "*.toml").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Episodes))]
    public void Episode_is_told_as_it_is_to_be(string name)
    {
        List<Problem> problems = [];
        var episode = EpisodeFile.Read($"{name}.toml", File.ReadAllText(Checkout.Absolute($"{Folder}/{name}.toml")), problems);

        Assert.Empty(problems);
        Assert.Equal(episode!.Expected, EpisodeRun.Play(episode));
    }

    [Fact]
    public void Mistake_in_an_episode_is_told_with_its_place()
    {
        List<Problem> problems = [];
        EpisodeFile.Read("e.toml", """
            title = "x"
            begin = "soon"
            [[series]]
            channel = "nh4"
            measurand = "ph"
            every = "1m"
            points = ["5m 2", "1m 2"]
            [[told]]
            at = "1m"
            notice = "rings"
            rule = "r"
            device = "d"
            since = "1m"
            """, problems);

        Assert.Equal(
            ["\"soon\" is no time", "points must be two or more, rising in time, at most 400d", "\"nh4\" is no channel", "\"rings\" is nothing that people are told"],
            problems.Select(problem => problem.What));
    }
}
