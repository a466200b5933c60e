"""What an officer sees of dialect B: the forms with their pictures, what enterprises told, stated coefficients."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.yunnan.models import Application, KeptRecord, Picture, StatedCoefficient
from nenghao.hub.yunnan.words import FORM_WORDS
from nenghao.protocol.yunnan import message_fields
from nenghao.protocol.yunnan.operations import COMPANY, CONFIGURED, INSTITUTIONS

KINDS = (*CONFIGURED, "gaugeReplaceConfigure", "gaugeVerifyConfigure", *COMPANY, *INSTITUTIONS)
FILE_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf"}


@require_GET
def applications(request: HttpRequest) -> HttpResponseBase:
    """List the registration forms of the account's node."""
    rows = Application.objects.filter(device__enterprise__in=visible_enterprises(signed_in(request)))
    listing = Listing(
        title=_("注册申请"),
        rows=rows.select_related("device__enterprise__region"),
        search=("device__enterprise__name", "device__enterprise__code"),
        filters=(Filter("status", _("状态"), "device__status", DeviceStatus.choices),),
        columns=(
            ListColumn(
                _("用能单位"), lambda row: row.device.enterprise.name, order="device__enterprise__name",
                template="yunnan/application_cell.html",
            ),
            ListColumn(_("地区"), lambda row: row.device.enterprise.region.name),
            ListColumn(_("状态"), lambda row: DeviceStatus(row.device.status).label, order="device__status"),
            ListColumn(_("申请时间"), lambda row: row.applied_at, kind="datetime", order="applied_at"),
            ListColumn(_("更改时间"), lambda row: row.changed_at, kind="datetime", order="changed_at"),
            ListColumn(_("设备标识"), lambda row: row.device.device_id),
        ),
    )  # fmt: skip
    return _table(request, listing, "applications")


@require_GET
def application(request: HttpRequest, data_index: str) -> HttpResponse:
    """Show one form, field by field, with its pictures to download."""
    rows = Application.objects.filter(device__enterprise__in=visible_enterprises(signed_in(request)))
    form = get_object_or_404(rows.select_related("device__enterprise__region"), data_index=data_index)
    known = message_fields("enterpriseInfo/apply")
    fields = [(name, FORM_WORDS.get(name, ""), form.form[name]) for name in known if name in form.form]
    return render(request, "yunnan/application.html", {
        "form": form, "fields": fields, "pictures": _pictures(form.data_index),
        "status": DeviceStatus(form.device.status).label,
    })  # fmt: skip


@require_GET
def records(request: HttpRequest) -> HttpResponseBase:
    """List what the enterprises of the node told, by kind."""
    rows = KeptRecord.objects.filter(enterprise__in=visible_enterprises(signed_in(request)))
    listing = Listing(
        title=_("云南接口记录"),
        rows=rows.select_related("enterprise"),
        search=("enterprise__name", "enterprise__code", "data_index"),
        filters=(Filter("kind", _("类别"), "kind", [(kind, kind) for kind in KINDS]),),
        columns=(
            ListColumn(
                _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                template="yunnan/record_cell.html",
            ),
            ListColumn(_("类别"), lambda row: row.kind, order="kind"),
            ListColumn(_("内容"), _body),
            ListColumn(_("新增时间"), lambda row: row.created_at, kind="datetime", order="created_at"),
            ListColumn(_("更改时间"), lambda row: row.changed_at, kind="datetime", order="changed_at"),
            ListColumn(_("删除时间"), lambda row: row.deleted_at, kind="datetime", order="deleted_at"),
        ),
    )  # fmt: skip
    return _table(request, listing, "records")


@require_GET
def record(request: HttpRequest, data_index: str) -> HttpResponse:
    """Show one record with its pictures."""
    rows = KeptRecord.objects.filter(enterprise__in=visible_enterprises(signed_in(request)))
    kept = get_object_or_404(rows.select_related("enterprise__region"), data_index=data_index)
    fields = [(name, "", text) for name, text in kept.body.items()]
    pictures = _pictures(kept.data_index)
    return render(request, "yunnan/record.html", {"kept": kept, "fields": fields, "pictures": pictures})


@require_GET
def coefficients(request: HttpRequest) -> HttpResponseBase:
    """List the coefficients that enterprises state, those that disagree first."""
    rows = StatedCoefficient.objects.filter(item__enterprise__in=visible_enterprises(signed_in(request)))
    listing = Listing(
        title=_("申报折标系数"),
        rows=rows.select_related("item__enterprise"),
        search=("item__enterprise__name", "item__enterprise__code", "item__data_code"),
        filters=(Filter("agrees", _("一致"), "agrees", [("True", _("一致")), ("False", _("不一致"))]),),
        columns=(
            ListColumn(_("用能单位"), lambda row: row.item.enterprise.name, order="item__enterprise__name"),
            ListColumn(_("采集数据项"), lambda row: f"{row.item.data_code} {row.item.name}", order="item__data_code"),
            ListColumn(_("申报系数"), lambda row: row.stated, unit="tce"),
            ListColumn(_("平台系数"), lambda row: row.expected, unit="tce"),
            ListColumn(_("每"), lambda row: row.item.wire_unit),
            ListColumn(_("一致"), _agrees, order="agrees"),
            ListColumn(_("首次统计时间"), lambda row: row.first_stat_date, order="first_stat_date"),
            ListColumn(_("首次申报时间"), lambda row: row.stated_at, kind="datetime", order="stated_at"),
        ),
    )  # fmt: skip
    return _table(request, listing, "coefficients")


@require_GET
def picture(request: HttpRequest, data_index: str, field: str) -> HttpResponse:
    """Hand out one picture as a file; it is never shown inside a page of ours."""
    rows = Picture.objects.filter(enterprise__in=visible_enterprises(signed_in(request)))
    found = rows.filter(data_index=data_index, field=field).first()
    if found is None:
        raise Http404("picture")
    return HttpResponse(
        bytes(found.content), content_type=FILE_TYPES.get(found.kind, "application/octet-stream"),
        headers={
            "Content-Disposition": f'attachment; filename="{field}-{data_index[:8]}.{found.kind}"',
            "X-Content-Type-Options": "nosniff",
        },
    )  # fmt: skip


def _table(request: HttpRequest, listing: Listing, page: str) -> HttpResponseBase:
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, f"yunnan/{page}.html", listing_context(listing, request))


def _pictures(data_index: str) -> list[Any]:
    """Give a record's pictures without their bytes, each with its name in words."""
    found: list[Any] = list(Picture.objects.filter(data_index=data_index).order_by("field").defer("content"))
    for row in found:
        row.word = FORM_WORDS.get(row.field, "")
    return found


def _body(row: KeptRecord) -> str:
    return "；".join(f"{name}: {text}" for name, text in row.body.items())


def _agrees(row: StatedCoefficient) -> str:
    return {True: _("一致"), False: _("不一致"), None: _("无法比较")}[row.agrees]
