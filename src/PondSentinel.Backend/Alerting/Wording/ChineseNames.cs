using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>Quantities, units and statistics in Chinese.</summary>
internal static class ChineseNames
{
    private static readonly Dictionary<Measurand, string> Labels = new()
    {
        [Measurand.Ph] = "pH",
        [Measurand.PhElectrode] = "pH 电极电位",
        [Measurand.AmmoniumNitrogen] = "铵态氮（NH4-N）",
        [Measurand.AmmoniumIon] = "铵离子（NH4+）",
        [Measurand.TotalAmmoniaNitrogen] = "氨氮（NH3-N 与 NH4-N 之和）",
        [Measurand.Potassium] = "钾离子",
        [Measurand.TurbidityNtu] = "浊度",
        [Measurand.TurbidityFnu] = "浊度",
        [Measurand.WaterTemperature] = "水温",
        [Measurand.Pm25] = "细颗粒物（PM2.5）",
        [Measurand.Pm10] = "可吸入颗粒物（PM10）",
        [Measurand.AmmoniumElectrode] = "铵电极电位",
        [Measurand.PotassiumElectrode] = "钾电极电位",
        [Measurand.OxidationReduction] = "氧化还原电位",
        [Measurand.Conductivity] = "电导率",
        [Measurand.SpecificConductance] = "电导率（25 °C）",
        [Measurand.DissolvedOxygen] = "溶解氧",
        [Measurand.Chlorophyll] = "叶绿素",
        [Measurand.BlueGreenAlgae] = "蓝绿藻",
        [Measurand.WaterPressure] = "水压",
        [Measurand.WaterLevel] = "水位",
        [Measurand.Pm1] = "PM1",
        [Measurand.WindSpeed] = "风速",
        [Measurand.WindDirection] = "风向",
        [Measurand.AirTemperature] = "气温",
        [Measurand.AirHumidity] = "空气相对湿度",
        [Measurand.AirPressure] = "气压",
        [Measurand.HousingTemperature] = "机箱温度",
        [Measurand.HousingHumidity] = "机箱湿度",
        [Measurand.SupplyVoltage] = "供电电压",
        [Measurand.SupplyCurrent] = "供电电流",
        [Measurand.PulseCount] = "脉冲计数",
        [Measurand.RainTotal] = "累计降雨量",
        [Measurand.RainIntensity] = "雨强",
        [Measurand.WaterVolume] = "累计水量",
        [Measurand.WaterFlow] = "流量",
        [Measurand.SampleFlow] = "采样流量",
        [Measurand.ProcessorTemperature] = "处理器温度",
        [Measurand.Undervoltage] = "欠压",
        [Measurand.DiskFree] = "剩余存储空间",
        [Measurand.MediumWear] = "存储介质磨损",
        [Measurand.LoadAverage] = "系统负载",
        [Measurand.GatewaySilence] = "网关失联时长",
        [Measurand.CertificateDays] = "证书剩余有效天数",
        [Measurand.CalibrationDays] = "距校准到期天数",
        [Measurand.ClockError] = "时钟误差",
        [Measurand.UnionizedAmmoniaNitrogen] = "非离子氨（NH3-N）",
        [Measurand.UnionizedAmmonia] = "非离子氨（NH3）",
        [Measurand.AmmoniaAcuteCriterion] = "氨氮急性基准（CMC）",
        [Measurand.AmmoniaChronicCriterion] = "氨氮慢性基准（CCC）",
        [Measurand.AmmoniaAcuteRatio] = "氨氮与急性基准之比",
        [Measurand.AmmoniaChronicRatio] = "氨氮与慢性基准之比",
        [Measurand.Pm10Dry] = "可吸入颗粒物（PM10，去除水分）",
        [Measurand.Pm25Dry] = "细颗粒物（PM2.5，去除水分）",
        [Measurand.Freeboard] = "安全超高",
        [Measurand.WaterBalanceResidual] = "水量平衡差值",
        [Measurand.WindVectorSpeed] = "矢量平均风速",
        [Measurand.RainDepth] = "降雨量",
        [Measurand.AirQualityIndexUs] = "PM10 空气质量指数（美国）",
        [Measurand.AirQualityIndexChina] = "PM10 空气质量分指数",
        [Measurand.AmmoniaFourDayRatio] = "氨氮最高四日均值与其限值之比",
        [Measurand.DoorOpen] = "箱门开启",
        [Measurand.PumpRunning] = "水泵运行",
        [Measurand.ValveOpen] = "阀门开启",
        [Measurand.Tilt] = "倾角",
        [Measurand.Displacement] = "位移",
        [Measurand.PorePressure] = "孔隙水压力",
    };

    // What is not here is written alike in both languages.
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["pH"] = "",
        ["mg/L as N"] = "mg/L（以 N 计）",
        ["mg/L as NH4+"] = "mg/L（以 NH4+ 计）",
        ["mg/L as NH3"] = "mg/L（以 NH3 计）",
        ["× CMC"] = "倍 CMC",
        ["× CCC"] = "倍 CCC",
        ["µS/cm at 25 °C"] = "µS/cm（25 °C）",
        ["cells/mL"] = "个细胞/mL",
        ["pulses"] = "个脉冲",
        ["1 = yes"] = "（1 = 是）",
        ["processes"] = "个进程",
        ["h"] = "小时",
        ["d"] = "天",
        ["min"] = "分钟",
        ["times"] = "倍",
        ["MAD"] = "倍 MAD",
    };

    // Places that have no name of their own, as a selector of channels says them.
    private static readonly Dictionary<string, string> Places = new(StringComparer.Ordinal)
    {
        ["the same station"] = "同一站点",
        ["any station"] = "任一站点",
        ["any site"] = "任一站区",
    };

    /// <summary>What is measured.</summary>
    /// <param name="measurand">The measurand.</param>
    public static string Label(Measurand measurand) => Labels.GetValueOrDefault(measurand) ?? measurand.Label;

    /// <summary>A unit with its basis.</summary>
    /// <param name="unit">The unit in English.</param>
    public static string Unit(string unit) => Units.GetValueOrDefault(unit) ?? unit;

    /// <summary>What of a channel a limit is held against; null where that has no Chinese name yet.</summary>
    /// <param name="statistic">The statistic.</param>
    public static string? Statistic(Statistic statistic) => statistic switch
    {
        MeanStatistic { IsByClock: true } mean => Line(
            $"按 UTC{mean.UtcOffset.TotalHours:+0.##;-0.##;+0} 计的 {mean.Period.TotalHours:0.##} 小时均值，有效率不低于 {mean.Complete * 100:0}%"),
        MeanStatistic mean => Line($"{mean.Period.TotalHours:0.##} 小时滑动均值，有效率不低于 {mean.Complete * 100:0}%"),
        DirectionMeanStatistic mean => Line($"{mean.Period.TotalHours:0.##} 小时平均方向"),
        CountStatistic count => Line($"最近 {count.Of} 个值中的 {count.Least} 个"),
        ChangeStatistic change => Line($"{change.Period.TotalHours:0.##} 小时内的变化量"),
        TimeToStatistic time => Line($"按 {time.Trend.TotalHours:0.##} 小时趋势到达 {time.Level} 所需小时数"),
        InverseVelocityStatistic failure => Line(
            $"按 {failure.Period.TotalHours:0.##} 小时速度倒数法（每 {failure.Quarter.TotalHours:0.##} 小时位移不小于 {failure.Least}）推算的距破坏小时数"),
        DeviationStatistic { Scale: DeviationScale.Percent, UsualMin: > 0 } deviation => Line(
            $"相对 {deviation.Period.TotalHours:0.##} 小时中位数（至少取 {deviation.UsualMin}）的偏差（百分比）"),
        DeviationStatistic { Scale: DeviationScale.Percent } deviation => Line($"相对 {deviation.Period.TotalHours:0.##} 小时中位数的偏差（百分比）"),
        DeviationStatistic { Scale: DeviationScale.Mad } deviation => Line(
            $"相对 {deviation.Period.TotalHours:0.##} 小时中位数的偏差（以 MAD 计，MAD 至少取 {deviation.MadMin}）"),
        DeviationStatistic deviation => Line($"相对 {deviation.Period.TotalHours:0.##} 小时中位数的偏差"),
        JointStatistic { Against: { } against, Own: null } => Compared(against),
        JointStatistic { Against: null, Own: { } own } => Statistic(own),
        JointStatistic { Against: { } against, Own: { } own } when Statistic(own) is { } name => $"{Compared(against)}，{name}",
        ProjectedMeanStatistic mean => Line(
            $"按 UTC{mean.UtcOffset.TotalHours:+0.##;-0.##;+0} 计的 {mean.Period.TotalHours:0.##} 小时均值预估（有效满 {mean.From} 小时起）"),
        NoValueStatistic => "无有效数据的时长",
        FlaggedStatistic flagged => Line($"最近 {flagged.Period.TotalHours:0.##} 小时内可疑或不合格数据的比例"),
        ChainStatistic chain when chain.Parts.Select(Statistic).ToList() is var parts && !parts.Contains(null) => string.Join("，", parts),
        _ => null,
    };

    /// <summary>A condition; null where its statistic has no Chinese name yet.</summary>
    /// <param name="condition">The condition.</param>
    public static string? Condition(Condition condition)
    {
        var statistic = condition.Statistic is { } of ? Statistic(of) : "";
        if (statistic is null)
        {
            return null;
        }

        var (place, unit) = (condition.Of.Place, condition.Statistic?.UnitOf(condition.Of.Measurand.Unit) ?? condition.Of.Measurand.Unit);
        var range = condition.Range switch
        {
            { To: double.PositiveInfinity, From: var from } => Line($"高于 {from}"),
            { From: double.NegativeInfinity, To: var to } => Line($"低于 {to}"),
            var (from, to, _) => Line($"在 {from} 至 {to} 之间"),
        };
        var whose = Places.TryGetValue(place, out var known) ? $"{known}的" : $"{place} 的";
        return $"{(condition.IsBar ? "未出现：" : "")}{whose}{Label(condition.Of.Measurand)}{(statistic.Length > 0 ? $"（{statistic}）" : "")}{range} {Unit(unit)}".TrimEnd();
    }

    private static string Compared(Comparison against)
    {
        var place = against.Of.Place;
        return $"与{Places.GetValueOrDefault(place) ?? $" {place} "}之{(against.Scale == ComparisonScale.Ratio ? "比" : "差")}";
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
