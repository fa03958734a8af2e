namespace PondSentinel.Backend.Alerting;

/// <summary>Makes kept state fit the rules of this start: the configuration may have changed since the last.</summary>
internal sealed class RuleChanges(AlertTables tables, EpisodeBook book, SubjectStep step)
{
    /// <summary>Goes through all rules and channels.</summary>
    /// <param name="rules">The rules of the configuration.</param>
    /// <returns>Rules and channels that no longer go together.</returns>
    public IReadOnlyList<(string Rule, AlertSubject Subject)> Apply(IReadOnlyList<AlertRule> rules)
    {
        var subjects = tables.Subjects();
        var before = tables.Rules().ToDictionary(row => row.Rule, row => row.Definition, StringComparer.Ordinal);
        List<(string, AlertSubject)> gone = [];
        foreach (var id in before.Keys.Except(rules.Select(rule => rule.Id), StringComparer.Ordinal))
        {
            gone.AddRange(Remove(id, subjects));
            tables.DeleteRule(id);
        }

        foreach (var rule in rules.Where(rule => before.GetValueOrDefault(rule.Id) != rule.Definition))
        {
            gone.AddRange(Remove(rule.Id, subjects.Where(row => !rule.Watches(row))));
            var (was, series) = (AlertRule.SeriesOf(before.GetValueOrDefault(rule.Id, "")), AlertRule.SeriesOf(rule.Definition));
            var isSameSeries = before.ContainsKey(rule.Id) && was == series;
            var isSameOwn = AlertRule.OwnOf(series) is { Length: > 0 } own && own == AlertRule.OwnOf(was);
            foreach (var row in subjects.Where(row => rule.Watches(row)))
            {
                step.Recompute(rule, row, isSameSeries: isSameSeries, isSameOwn: isSameOwn);
            }

            tables.SaveRule(rule.Id, rule.Definition);
        }

        foreach (var rule in rules)
        {
            foreach (var row in subjects.Where(row => rule.Watches(row)))
            {
                book.TellWhereGraver(rule, row);
            }
        }

        foreach (var row in subjects.Where(row => row is { IsJoint: true, IsGateways: false } && !rules.Any(rule => rule.Watches(row))))
        {
            tables.EndDeferral(row.Id);
            tables.Samples.Forget(row.Id);

            // They are gone like those that were folded away: what comes late of their time is not all there is of it.
            tables.Save(row with { Kept = 0, FoldedNs = Math.Max(row.FoldedNs, row.NewestNs) });
        }

        return gone;
    }

    private List<(string Rule, AlertSubject Subject)> Remove(string rule, IEnumerable<SubjectRow> subjects)
    {
        List<(string, AlertSubject)> gone = [];
        foreach (var row in subjects.Where(row => tables.HasState(rule, row.Id)))
        {
            if (tables.OpenEpisode(rule, row.Id) is { } episode)
            {
                book.Withdraw(rule, row.Id, episode, tables.Alert(rule, row.Id, StateKind.Now).AsOf, cause: WithdrawalCauses.Rule);
            }

            tables.DeleteStates(rule, row.Id);
            gone.Add((rule, row.Subject));
        }

        return gone;
    }
}
