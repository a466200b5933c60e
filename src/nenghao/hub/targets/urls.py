"""Addresses of targets and assessments."""

from django.urls import path

from nenghao.hub.targets import assessment_views, plan_views, statistic_views, views

urlpatterns = [
    path("targets/", views.home, name="targets"),
    path("targets/regions/<str:code>/", views.region, name="targets-region"),
    path("targets/enterprises/<str:code>/", views.enterprise, name="targets-enterprise"),
    path("targets/regions/<str:code>/issue/", views.issue, name="targets-issue"),
    path("targets/grades/", views.grades, name="targets-grades"),
    path("targets/plans/new/", plan_views.new_plan, name="targets-plan-new"),
    path("targets/plans/<int:plan_id>/regions/<str:code>/", plan_views.decompose, name="targets-decompose"),
    path("targets/regions/<str:code>/grading/", plan_views.grading, name="targets-grading"),
    path("targets/regions/<str:code>/statistics/", statistic_views.statistics, name="targets-statistics"),
    path("targets/regions/<str:code>/statistics/import/", statistic_views.imports, name="targets-statistics-import"),
    path("targets/regions/<str:code>/statistics/<int:figure_id>/", statistic_views.statistic, name="targets-statistic"),
    path("targets/plans/<int:plan_id>/source/", statistic_views.choose_source, name="targets-plan-source"),
    path("assessments/", assessment_views.rounds, name="assessments"),
    path("assessments/new/", assessment_views.new_round, name="assessment-new"),
    path("assessments/<int:round_id>/", assessment_views.round_page, name="assessment-round"),
    path("assessments/<int:round_id>/close/", assessment_views.close, name="assessment-close"),
    path("assessments/<int:round_id>/<str:code>/", assessment_views.assessment, name="assessment"),
    path("assessments/<int:round_id>/<str:code>/<slug:action>/", assessment_views.step, name="assessment-step"),
]
