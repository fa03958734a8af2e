using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using SQLitePCL;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Episodes are kept for ever, and these queries run for each value: each goes through an index that holds what it asks for, also
/// after years of alerts.</summary>
public sealed partial class EpisodeQueryTests : IDisposable
{
    private static readonly AlertSubject Subject = new("gannan", "stream", "gz-07", "stream-nh4", "nh4n", Measurand.AmmoniumNitrogen);
    private static readonly Dictionary<string, Action<AlertTables, SubjectRow>> Queries = new()
    {
        ["open"] = (tables, row) => tables.OpenEpisode("gw-leak", row.Id),
        ["waiting"] = (tables, _) => tables.Waiting(),
        ["ended"] = (tables, _) => tables.Ended(AlertBench.Start, 10),
        ["after"] = (tables, row) => tables.EpisodesAfter("gw-leak", row.Id, AlertBench.Start),
        ["beside"] = (tables, row) => tables.EpisodesBeside(row, AlertBench.Start, null),
    };

    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public EpisodeQueryTests()
    {
        connection.Open();
        connection.Handle!.enable_sqlite3_next_stmt(true);
    }

    public void Dispose() => connection.Dispose();

    [Theory]
    [InlineData("open", "SEARCH alert_episode USING INDEX alert_episode_open_at (subject=?)")]
    [InlineData("waiting", "SCAN alert_episode USING INDEX alert_episode_waiting")]
    [InlineData("ended", "SEARCH alert_episode USING INDEX alert_episode_ended (cleared_ms>?)")]
    [InlineData("after", "SEARCH alert_episode USING INDEX alert_episode_by_rule (rule=? AND subject=?)")]
    [InlineData("beside", "SEARCH alert_episode USING INDEX alert_episode_by_subject (subject=? AND since_ms<?)")]
    public void Query_of_episodes_goes_through_its_index(string query, string step)
    {
        using var transaction = connection.BeginTransaction();
        var tables = new AlertTables(transaction);
        tables.Create();
        var row = tables.Subject(Subject, "gw-leak");
        var before = Compiled();
        Queries[query](tables, row);

        // As it was compiled and is kept, and not as a test would write it.
        var sql = Assert.Single(Compiled().Except(before), text => text.Contains("alert_episode", StringComparison.Ordinal));
        var parameters = Parameter().Matches(sql).Select(match => match.Value).Distinct().Select(name => (name, (object?)null)).ToArray();
        var plan = transaction.Query($"EXPLAIN QUERY PLAN {sql}", reader => reader.GetString(3), parameters);
        Assert.Contains(step, plan);
        Assert.Single(plan, line => line.Contains(" alert_episode ", StringComparison.Ordinal) || line.EndsWith(" alert_episode", StringComparison.Ordinal));
    }

    private List<string> Compiled()
    {
        List<string> texts = [];
        for (var statement = raw.sqlite3_next_stmt(connection.Handle, null); statement is { IsInvalid: false }; statement = raw.sqlite3_next_stmt(connection.Handle, statement))
        {
            texts.Add(raw.sqlite3_sql(statement).utf8_to_string());
        }

        return texts;
    }

    [GeneratedRegex(@"\$[a-z]+")]
    private static partial Regex Parameter();
}
