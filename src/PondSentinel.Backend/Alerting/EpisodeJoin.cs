namespace PondSentinel.Backend.Alerting;

/// <summary>What becomes of one stretch.</summary>
/// <param name="Stretch">The stretch.</param>
/// <param name="Known">The kept episode that it is, or null where it is a new one.</param>
/// <param name="IsPiece">Whether it is a new one that lies within what was already announced: nobody is told again.</param>
internal sealed record JoinedStretch(Stretch Stretch, Episode? Known, bool IsPiece);

/// <summary>Joins the stretches that a rule finds, now that late values are in, with the episodes that were kept before.
/// </summary>
/// <remarks>
/// <para>A stretch that shares time with a kept episode is that episode: the id stays though its beginning or end
/// moved. What still holds comes first: it takes the id of the episode that people were told is going on, so that the
/// message "it is over" will one day reach the incident they have open.</para>
/// <para>A stretch that only shares time with episodes already taken is a piece of something announced. An episode that
/// shares time with a stretch but was not taken has grown together with another. One that shares time with none was a
/// false alarm.</para>
/// </remarks>
internal sealed record EpisodeJoin(
    IReadOnlyList<JoinedStretch> Stretches, IReadOnlyList<Episode> Absorbed, IReadOnlyList<Episode> Unfounded)
{
    /// <summary>Joins.</summary>
    /// <param name="stretches">What the rule finds, in order; only the last can be open.</param>
    /// <param name="kept">What was kept of the same time, by beginning.</param>
    /// <param name="asOf">Up to when a kept open episode was known to hold.</param>
    public static EpisodeJoin Of(IReadOnlyList<Stretch> stretches, IReadOnlyList<Episode> kept, DateTimeOffset asOf)
    {
        var taken = new Dictionary<Stretch, Episode>(ReferenceEqualityComparer.Instance);
        List<Episode> free = [.. kept];
        if (stretches.Count > 0 && stretches[^1] is { Cleared: null } open)
        {
            Take(open, free.Where(e => e.Standing == EpisodeStanding.Firing).Concat(Enumerable.Reverse(free)));
        }

        foreach (var stretch in stretches)
        {
            if (!taken.ContainsKey(stretch))
            {
                Take(stretch, free.OrderByDescending(e => e.Standing == EpisodeStanding.Firing));
            }
        }

        return new EpisodeJoin(
            [
                .. stretches.Select(s => new JoinedStretch(
                    s,
                    taken.GetValueOrDefault(s),
                    IsPiece: !taken.ContainsKey(s) && kept.Any(e => e.Standing != EpisodeStanding.Withdrawn && Meets(s, e)))),
            ],
            [.. free.Where(e => stretches.Any(s => Meets(s, e)))],
            [.. free.Where(e => !stretches.Any(s => Meets(s, e)))]);

        bool Meets(Stretch stretch, Episode episode) => stretch.Meets(episode.Since, episode.Reach(asOf));

        void Take(Stretch stretch, IEnumerable<Episode> candidates)
        {
            if (candidates.FirstOrDefault(e => Meets(stretch, e)) is { } episode)
            {
                taken.Add(stretch, episode);
                free.Remove(episode);
            }
        }
    }
}
