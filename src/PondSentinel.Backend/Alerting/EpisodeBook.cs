using Microsoft.Data.Sqlite;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Keeps episodes and decides what people are told of them: only the difference between what is now known and
/// what they were told before.</summary>
internal sealed class EpisodeBook(SqliteTransaction transaction, AlertTables tables, INotificationOutbox outbox, DescribedDevices devices, CalibrationDates calibrations)
{
    /// <summary>What was told in this transaction, in order.</summary>
    public List<AlertNotice> Told { get; } = [];

    /// <summary>Takes in what a rule finds.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="row">The channel.</param>
    /// <param name="stretches">What the rule finds.</param>
    /// <param name="kept">The episodes kept of the same time.</param>
    /// <param name="asOf">Up to when a kept open episode was known to hold.</param>
    /// <param name="holds">Whether what is open still holds at the newest value; else it is about to be over.</param>
    /// <param name="isLate">Whether late values brought it.</param>
    /// <param name="tellPast">Whether people want to hear of what is over already.</param>
    /// <param name="cause">Why what it finds no more is withdrawn, one of <see cref="WithdrawalCauses"/>; null for anything else.</param>
    /// <returns>The episode of each stretch.</returns>
    public IReadOnlyList<(Stretch Stretch, Episode Episode)> Enter(
        AlertRule rule,
        SubjectRow row,
        IReadOnlyList<Stretch> stretches,
        IReadOnlyList<Episode> kept,
        DateTimeOffset asOf,
        bool holds,
        bool isLate,
        bool tellPast = true,
        string? cause = WithdrawalCauses.Values)
    {
        if (stretches.Count == 0 && kept.Count == 0)
        {
            return [];
        }

        var join = EpisodeJoin.Of(stretches, kept, asOf);

        // First what is no more: a receiver that keeps one incident per channel then sees old before new.
        foreach (var episode in join.Unfounded)
        {
            Withdraw(rule.Id, row.Id, episode, asOf, rule, cause: cause);
        }

        foreach (var episode in join.Absorbed)
        {
            Absorb(rule, row.Id, episode, asOf);
        }

        return [.. join.Stretches.Select(joined => (joined.Stretch, Enter(rule, row, joined, holds, isLate, tellPast)))];
    }

    /// <summary>Takes an announced episode back.</summary>
    /// <param name="ruleId">Its rule, which may be gone.</param>
    /// <param name="subject">Its channel.</param>
    /// <param name="episode">The episode.</param>
    /// <param name="asOf">Up to when it was known to hold.</param>
    /// <param name="rule">The rule, where it is there: what people were told is said by it where that cannot be read.</param>
    /// <param name="movedTo">The site at which its gateway is now, where that is why.</param>
    /// <param name="cause">Why, one of <see cref="WithdrawalCauses"/>; null for anything else.</param>
    public void Withdraw(
        string ruleId, long subject, Episode episode, DateTimeOffset asOf, AlertRule? rule = null, string? movedTo = null, string? cause = null)
    {
        if (episode.Standing == EpisodeStanding.Withdrawn)
        {
            return;
        }

        var withdrawn = episode with { Cleared = episode.Reach(asOf), Standing = EpisodeStanding.Withdrawn };
        if (episode.Standing == EpisodeStanding.Firing && (episode.LastNotice ?? (rule is null ? null : NoticeOf(rule, tables.Subject(subject), episode))) is { } last)
        {
            var notice = AlertNotice.Withdrawing(last, episode.Notices + 1, withdrawn.Cleared.Value, movedTo, cause);
            withdrawn = withdrawn with { Notices = episode.Notices + Tell(tables.Subject(subject), withdrawn, notice), LastNotice = notice };
        }

        tables.Save(ruleId, subject, withdrawn);
    }

    /// <summary>Tells of an episode as of one that goes on.</summary>
    /// <param name="rule">Its rule.</param>
    /// <param name="row">Its channel.</param>
    /// <param name="episode">The episode.</param>
    public void Announce(AlertRule rule, SubjectRow row, Episode episode)
    {
        var notice = NoticeOf(rule, row, episode);
        tables.Save(
            rule.Id,
            row.Id,
            episode with { Standing = EpisodeStanding.Firing, Notices = episode.Notices + Tell(row, episode, notice), LastNotice = notice });
    }

    /// <summary>Tells again of what goes on where it is graver by its rule now than people know: it is another page by rights, and for some
    /// the first.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="row">The channel.</param>
    public void TellWhereGraver(AlertRule rule, SubjectRow row)
    {
        if (tables.OpenEpisode(rule.Id, row.Id) is { Standing: EpisodeStanding.Firing, LastNotice: { } last } open && last.Severity < rule.Severity)
        {
            Announce(rule, row, open);
        }
    }

    private AlertNotice NoticeOf(AlertRule rule, SubjectRow row, Episode episode) => AlertNotice.Of(
        rule,
        row.Subject,
        NoticeKind.Firing,
        episode.Id,
        episode.Notices + 1,
        NoticeStep.OfWorst(episode.Raised, (episode.Peak, episode.IsPeakBound), episode.Since, null),
        BackgroundOf(row.Subject, episode.Raised, isOver: false),
        OtherReadings.At(episode.Raised, rule, row, tables.Samples));

    private void Absorb(AlertRule rule, long subject, Episode episode, DateTimeOffset asOf)
    {
        if (episode.Standing == EpisodeStanding.Firing)
        {
            // People have an incident open under an id that no longer leads anywhere.
            Withdraw(rule.Id, subject, episode, asOf, rule);
        }
        else if (episode.Standing is EpisodeStanding.Over or EpisodeStanding.Waiting)
        {
            tables.Save(rule.Id, subject, episode with { Standing = EpisodeStanding.Silent });
        }
    }

    private Episode Enter(AlertRule rule, SubjectRow row, JoinedStretch joined, bool holds, bool isLate, bool tellPast)
    {
        var stretch = joined.Stretch;
        var raised = stretch.Raised?.At ?? joined.Known?.Raised ?? stretch.Since;
        var episode = (joined.Known ?? Begin(rule, row, raised, stretch)) with
        {
            Since = stretch.Since,
            Raised = raised,
            Cleared = stretch.Cleared?.At,
            Peak = stretch.Peak,
            IsPeakBound = stretch.IsPeakBound,
        };
        var isOpen = stretch.Cleared is null;
        var kind = isOpen ? NewsOfOpen(joined, holds, isLate) : NewsOfPast(joined, tellPast);
        if (kind is { } news)
        {
            var step = StepOf(news, stretch, raised) with { IsOutlasted = stretch.Cleared?.IsOutlasted == true, Back = BackOf(rule, row, stretch) };
            var notice = AlertNotice.Of(
                rule, row.Subject, news, episode.Id, episode.Notices + 1, step, BackgroundOf(row.Subject, raised, isOver: news != NoticeKind.Firing), OtherReadings.At(step.Value.At, rule, row, tables.Samples));
            episode = episode with { Notices = episode.Notices + Tell(row, episode, notice), LastNotice = notice };
        }

        episode = episode with
        {
            Standing = kind switch
            {
                NoticeKind.Firing => EpisodeStanding.Firing,
                NoticeKind.Cleared or NoticeKind.Past => EpisodeStanding.Over,
                _ when isOpen && joined.Known?.Standing is (null or EpisodeStanding.Withdrawn) => EpisodeStanding.Waiting,
                _ => joined.Known?.Standing ?? EpisodeStanding.Silent,
            },
        };
        tables.Save(rule.Id, row.Id, episode);
        return episode;
    }

    // A gateway waits for the hold itself, and does not say since when. Where a rule has ended, or counts as usual what it finds, nothing need
    // have come back.
    private DateTimeOffset? BackOf(AlertRule rule, SubjectRow row, Stretch stretch) =>
        stretch.Cleared is not { IsOutlasted: false } over || rule.ToldBy is not null || rule.Threshold.Exceeds(over.Value) ? null
        : stretch.Back ?? tables.BackSince(rule.Id, row.Id, stretch.Since, over.At);

    // What people do not know yet.
    private static NoticeKind? NewsOfOpen(JoinedStretch joined, bool holds, bool isLate)
    {
        var isNews = joined.Known?.Standing switch
        {
            EpisodeStanding.Firing => false,

            // More late values may show that it has long been over: nobody is paged for that.
            EpisodeStanding.Waiting => holds,
            null or EpisodeStanding.Withdrawn => holds || !isLate,
            _ => true,
        };
        return isNews ? NoticeKind.Firing : null;
    }

    private static NoticeKind? NewsOfPast(JoinedStretch joined, bool tellPast) => joined.Known?.Standing switch
    {
        EpisodeStanding.Firing => NoticeKind.Cleared,
        null => joined.IsPiece || !tellPast ? null : NoticeKind.Past,
        EpisodeStanding.Withdrawn or EpisodeStanding.Waiting => tellPast ? NoticeKind.Past : null,
        _ => null,
    };

    // The worst value of an episode is the one that raised it only where no worse one followed.
    private static NoticeStep StepOf(NoticeKind kind, Stretch stretch, DateTimeOffset raised)
    {
        var worst = (stretch.Peak, stretch.IsPeakBound);
        return (kind, stretch.Raised, stretch.Cleared) switch
        {
            (NoticeKind.Firing, { } value, _) => new(value, IsJudged: true, worst, stretch.Since, null),
            (NoticeKind.Firing, null, _) => NoticeStep.OfWorst(raised, worst, stretch.Since, null),
            (NoticeKind.Cleared, _, { } value) => new(value, IsJudged: true, worst, stretch.Since, value.At),
            (_, { } value, var over) when value.Value == stretch.Peak && value.IsAtLeast == stretch.IsPeakBound =>
                new(value, IsJudged: true, worst, stretch.Since, over?.At),
            (_, _, var over) => NoticeStep.OfWorst(raised, worst, stretch.Since, over?.At),
        };
    }

    private ChannelBackground BackgroundOf(AlertSubject subject, DateTimeOffset raised, bool isOver) => new(devices.GradeOf(subject), calibrations.Of(transaction, subject))
    {
        Heard = subject.Measurand == Measurand.GatewaySilence ? new HeardTable(transaction).Before(subject.Owner, raised, isOver) : null,
        Place = devices.PlaceOf(subject),
    };

    private Episode Begin(AlertRule rule, SubjectRow row, DateTimeOffset raised, Stretch stretch) => new()
    {
        Id = EpisodeIds.Of(rule.Id, row.Subject, raised, tables.HasEpisode),
        Since = stretch.Since,
        Raised = raised,
        Peak = stretch.Peak,
        Standing = EpisodeStanding.Silent,
    };

    // How many notices people get of it: none, where they know it by the other name of the incident.
    private int Tell(SubjectRow row, Episode episode, AlertNotice notice)
    {
        if (new Incidents(transaction, tables, outbox).Pass(row, episode, notice) is not { } told)
        {
            return 0;
        }

        outbox.Add(transaction, told);
        Told.Add(told);
        return 1;
    }
}
