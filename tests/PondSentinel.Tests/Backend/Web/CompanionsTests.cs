using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Web;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web;

public sealed class CompanionsTests
{
    private static readonly LiveValue Own = Value("stream", "stream-nh4", Measurand.AmmoniumNitrogen);
    private static readonly LiveValue Spring = Value("spring", "other", Measurand.AmmoniumNitrogen);
    private static readonly LiveValue Conductivity = Value("stream", "ec", Measurand.Conductivity);
    private static readonly LiveValue Elsewhere = Value("well", "third", Measurand.AmmoniumNitrogen);

    [Fact]
    public void What_a_rule_compares_is_looked_at_together()
    {
        var found = new Companions([JointRules.Leak, AlertBench.Ammonium]).Of([Own, Spring, Conductivity, Elsewhere], [null]);

        Assert.Equal([Companions.SubjectOf(Own)], found.Keys);
        Assert.Equal(new HashSet<LiveValue> { Spring, Conductivity }, found[Companions.SubjectOf(Own)].ToHashSet());
    }

    [Fact]
    public void What_is_above_and_below_on_the_same_water_is_looked_at_together_from_both_sides()
    {
        var companions = new Companions([]);
        Assert.Empty(companions.Of([Own, Spring, Conductivity], [null]));

        var found = companions.Of([Own, Spring, Conductivity], [Meta("spring", "stream")]);

        Assert.Equal([Spring], found[Companions.SubjectOf(Own)]);
        Assert.Equal([Own], found[Companions.SubjectOf(Spring)]);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void Another_site_has_other_water()
    {
        var other = Spring with { Name = Spring.Name with { Gateway = new GatewayName("valley", "gz-07") } };

        Assert.Empty(new Companions([]).Of([Own, other], [Meta("spring", "stream")]));
    }

    [Fact]
    public void No_channel_has_more_than_people_look_through()
    {
        var joint = new JointStatistic { Against = JointRules.Upstream with { Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = ChannelSelector.All } }, Conditions = [] };
        List<LiveValue> many = [Own, .. Enumerable.Range(0, 20).Select(number => Value("s", FormattableString.Invariant($"d{number}"), Measurand.AmmoniumNitrogen))];

        Assert.Equal(Companions.Most, new Companions([JointRules.With(joint)]).Of(many, []).Single().Value.Count);
    }

    private static LiveValue Value(string station, string device, Measurand measurand) => new()
    {
        Name = new ChannelName(new GatewayName("pond", "gz-07"), device, "c"), Station = station, Measurand = measurand, TimeNs = 1, Value = 1,
        LastNumber = null, Flag = QualityFlag.Good, Why = Why.None, Clock = ClockSource.Ntp,
    };

    private static MetaMessage Meta(string above, string below) => new()
    {
        Gateway = "gz-07", Schema = "00000000", Devices = [],
        Stations = [new MetaStation { Id = above, UpstreamOf = [below] }, new MetaStation { Id = below }],
    };
}
