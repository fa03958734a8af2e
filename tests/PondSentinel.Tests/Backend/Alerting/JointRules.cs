using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Rules that look at several channels, as a pond has them: downstream against upstream, and only with conductivity.</summary>
internal static class JointRules
{
    public static readonly Comparison Upstream = new()
    {
        Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "spring" }, Within = TimeSpan.FromMinutes(30),
    };

    public static readonly Condition Conductive = new()
    {
        Of = new ChannelSelector(Measurand.Conductivity), Range = ValueRange.Above(100), Within = TimeSpan.FromMinutes(30),
    };

    public static readonly Condition NotRegional = Conductive with
    {
        Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "spring" }, Range = ValueRange.Above(12), IsBar = true,
    };

    public static readonly AlertRule Leak = With(new JointStatistic { Against = Upstream, Conditions = [Conductive] });

    public static AlertRule With(JointStatistic joint) => AlertBench.Ammonium with
    {
        Id = "leak",
        Station = "stream",
        Statistic = joint,
        Threshold = AlertBench.Ammonium.Threshold with
        {
            RaiseLimit = 10, ClearLimit = 8, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.FromMinutes(10),
        },
    };
}
